"""The denoising loss against closed forms for Gaussian data."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from aejax.losses import diffusion

MEAN = np.array([0.5, -1.0, 0.2])
ROOT = np.array([[1.2, 0.0, 0.0], [0.5, 0.6, 0.0], [-0.3, 0.2, 0.4]])
COVARIANCE = ROOT @ ROOT.T
LEVELS = (0.05, 0.4, 1.0, 6.0)


def exact(noisy, sigma):
    """E[x | y] of data of N(MEAN, COVARIANCE), all of one level."""
    square = np.asarray(sigma)[0] ** 2
    gain = COVARIANCE @ np.linalg.inv(COVARIANCE + square * np.eye(3))
    return jnp.asarray(MEAN)[None] + (noisy - jnp.asarray(MEAN)[None]) @ gain.T


@pytest.fixture(scope="module")
def drawn():
    random = np.random.default_rng(0)
    codes, noise = random.normal(size=(2, 40_000, 3))
    return MEAN + codes @ ROOT.T, noise


@pytest.mark.parametrize("level", LEVELS)
def test_the_loss_of_the_exact_denoiser_is_its_closed_form(x64, drawn, level):
    codes, noise = map(jnp.asarray, drawn)
    sigma = jnp.full(len(codes), level)
    found = diffusion.denoising_error(exact, codes, noise, sigma)
    values = np.linalg.eigvalsh(COVARIANCE)
    expected = (values * (1 + level**2) / (values + level**2)).sum()
    assert abs(found.mean() - expected) < 4 * stats.sem(found)


@pytest.mark.parametrize("level", LEVELS)
def test_no_shift_of_the_exact_denoiser_does_better(x64, drawn, level):
    """A constant shift adds its square, weighted: the exact one is a minimum."""
    codes, noise = map(jnp.asarray, drawn)
    sigma = jnp.full(len(codes), level)
    shift = jnp.array([[0.1, 0.0, -0.2]])
    losses = [
        diffusion.denoising_error(denoise, codes, noise, sigma)
        for denoise in (exact, lambda y, s: exact(y, s) + shift)
    ]
    added = losses[1] - losses[0]
    expected = (1 + level**-2) * 0.05
    assert abs(added.mean() - expected) < 4 * stats.sem(added)


@pytest.mark.parametrize("level", LEVELS)
def test_a_network_that_is_zero_has_loss_1_on_white_data(x64, level):
    random = np.random.default_rng(1)
    codes, noise = map(jnp.asarray, random.normal(size=(2, 40_000, 3)))
    denoise = diffusion.precondition(lambda x, level: jnp.zeros_like(x))
    sigma = jnp.full(len(codes), level)
    found = diffusion.denoising_error(denoise, codes, noise, sigma) / 3
    assert abs(found.mean() - 1) < 4 * stats.sem(found)


def test_preconditioning_is_the_papers(x64):
    """Table 1 of arXiv:2206.00364 with sigma_data = 1."""
    noisy = np.random.default_rng(2).normal(size=(3, 2))
    sigma = np.array([0.1, 1.0, 7.0])
    seen = []

    def network(inputs, level):
        seen.append((inputs, level))
        return jnp.sin(inputs)

    found = diffusion.precondition(network)(jnp.asarray(noisy), jnp.asarray(sigma))
    s = sigma[:, None]
    inputs = noisy / np.sqrt(s**2 + 1)
    np.testing.assert_allclose(seen[0][0], inputs)
    np.testing.assert_allclose(seen[0][1], np.log(sigma) / 4)
    expected = noisy / (s**2 + 1) + s / np.sqrt(s**2 + 1) * np.sin(inputs)
    np.testing.assert_allclose(found, expected)


def test_what_the_network_is_to_give_has_unit_variance_at_every_level(x64):
    """F's target, (x - c_skip y) / c_out, of white data; in the mean it is 0."""
    random = np.random.default_rng(3)
    codes, noise = random.normal(size=(2, 40_000, 1))
    for level in LEVELS:
        square = level**2
        target = codes - (codes + level * noise) / (1 + square)
        target *= np.sqrt(1 + square) / level
        np.testing.assert_allclose(target.var(), 1, rtol=4 * np.sqrt(2 / 40_000))


def test_each_noise_level_is_log_normal_by_itself(x64):
    """The place of a level in a batch is arbitrary: one of all places is random."""
    key = jax.random.key(0)
    count, batches = 64, 3000
    drawn = jax.vmap(lambda k: diffusion.noise_levels(k, count, dtype=float))(
        jax.random.split(key, batches)
    )
    logs = np.log(np.asarray(drawn))
    places = np.random.default_rng(0).integers(0, count, batches)
    one = logs[np.arange(batches), places]
    law = stats.norm(diffusion.MEAN, diffusion.DEVIATION)
    assert stats.kstest(one, law.cdf).pvalue > 1e-3
    assert (np.diff(logs, axis=1) > 0).all()
    # Of independent levels the mean would have this standard deviation.
    independent = diffusion.DEVIATION / np.sqrt(count)
    assert logs.mean(1).std() < 0.4 * independent


def test_levels_of_a_large_batch_are_finite():
    found = diffusion.noise_levels(jax.random.key(1), 2**21)
    assert bool(jnp.isfinite(found).all() & (found > 0).all())
