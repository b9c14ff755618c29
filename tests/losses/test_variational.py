"""Divergences and densities against SciPy and Monte Carlo."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from aejax.losses import variational


@pytest.fixture(scope="module")
def moments():
    random = np.random.default_rng(0)
    return random.normal(size=(3, 4)), random.normal(size=(3, 4))


def test_gaussian_kl_is_its_monte_carlo_estimate(x64, moments):
    mean, log_variance = moments
    deviation = np.exp(log_variance / 2)
    z = mean + deviation * np.random.default_rng(1).normal(size=(400_000, 3, 4))
    ratio = stats.norm.logpdf(z, mean, deviation) - stats.norm.logpdf(z)
    found = variational.gaussian_kl(jnp.asarray(mean), jnp.asarray(log_variance))
    np.testing.assert_allclose(found, ratio.mean(0), atol=0.02)


def test_gaussian_kl_is_exact_near_the_prior():
    # (exp(v) - 1 - v) / 2 = v^2 / 4 + ..., which float32 loses without expm1.
    tiny = jnp.float32(1e-3)
    found = variational.gaussian_kl(jnp.float32(0), tiny)
    np.testing.assert_allclose(found, 1e-6 / 4, rtol=0.1)


def test_categorical_kl_against_scipy(x64):
    logits = np.random.default_rng(2).normal(size=(5, 7)) * 3
    probabilities = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    expected = [stats.entropy(p, np.full(7, 1 / 7)) for p in probabilities]
    np.testing.assert_allclose(
        variational.categorical_kl(jnp.asarray(logits)), expected
    )
    sure = variational.categorical_kl(jnp.array([[1e4, 0.0, 0.0]]))
    np.testing.assert_allclose(sure, np.log(3))


def test_log_densities_against_scipy(x64, moments):
    mean, log_variance = map(jnp.asarray, moments)
    x = jnp.asarray(np.random.default_rng(3).normal(size=(3, 4)))
    expected = stats.norm.logpdf(x, mean, np.exp(np.asarray(log_variance) / 2))
    np.testing.assert_allclose(variational.log_normal(x, mean, log_variance), expected)
    np.testing.assert_allclose(variational.log_standard_normal(x), stats.norm.logpdf(x))


def test_importance_bound_is_the_log_of_the_mean_weight(x64):
    weights = np.random.default_rng(5).normal(size=(6, 4)) * 2
    found = variational.importance_bound(jnp.asarray(weights))
    np.testing.assert_allclose(found, np.log(np.exp(weights).mean(0)))
    far = variational.importance_bound(jnp.asarray(weights) - 1e4)
    np.testing.assert_allclose(far, np.asarray(found) - 1e4)


def test_capacities_grow_and_then_stay():
    grown = [float(variational.warm_up(jnp.int32(s), 10, 5.0)) for s in (0, 5, 10, 99)]
    assert grown == [0.0, 2.5, 5.0, 5.0]
    assert float(variational.capacity_penalty(jnp.array([1.0, 3.0]), 5.0)) == 3.0


@pytest.mark.slow
def test_total_correlation_of_a_gaussian_aggregate(x64):
    # Posterior means of covariance S, narrow posteriors: -log det(correlations) / 2.
    random = np.random.default_rng(0)
    means = random.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], 4000)
    spread = np.full((4000, 2), 2 * np.log(0.3))
    latents = means + 0.3 * random.normal(size=means.shape)
    found = variational.total_correlation(*map(jnp.asarray, (latents, means, spread)))
    expected = -np.log(1 - (0.8 / 1.09) ** 2) / 2
    np.testing.assert_allclose(found.mean(), expected, atol=0.05)


def test_total_correlation_is_zero_of_one_posterior_and_grows_with_dependence(x64):
    random = np.random.default_rng(1)
    latents = jnp.asarray(random.normal(size=(50, 3)))
    zero = jnp.zeros((50, 3))
    alone = variational.total_correlation(latents, zero, zero)
    np.testing.assert_allclose(alone, 0, atol=1e-12)
    copied = latents[:, :1] + zero
    narrow = zero - 4
    apart, same = (
        variational.total_correlation(m, m, narrow).mean() for m in (latents, copied)
    )
    assert same > apart + 1


def test_a_padded_coordinate_has_no_total_correlation(x64):
    mean = jnp.asarray(np.random.default_rng(2).normal(size=(20, 3)))
    wide = jnp.pad(mean, ((0, 0), (0, 2)))
    found = [variational.total_correlation(m, m, 0 * m) for m in (mean, wide)]
    np.testing.assert_allclose(found[0], found[1], atol=1e-12)


def test_free_bits_cost_nothing_and_pull_nothing(x64):
    kl = jnp.array([[0.1, 2.0], [0.3, 4.0]])
    assert variational.free_bits(kl, 0.5) == 0.5 + 3
    assert variational.free_bits(kl, 0.0) == kl.mean(0).sum()
    slope = jax.grad(lambda k: variational.free_bits(k, 0.5))(kl)
    np.testing.assert_array_equal(slope, [[0, 0.5], [0, 0.5]])
