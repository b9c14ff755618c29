"""Both estimators have the right mean; a sample taken as given has none."""

import jax
import jax.numpy as jnp
import numpy as np

from aejax.eval.gradients import as_given, bias, pathwise, score, spread

FUNCTIONS = [jnp.square, jnp.sin]


def test_both_ways_are_unbiased_and_a_given_sample_is_not():
    with jax.enable_x64(True):
        for right in (pathwise, score):
            assert bias(right, FUNCTIONS, 0.5, 0.8) < 1e-12
        assert bias(as_given, FUNCTIONS, 0.5, 0.8) > 0.1


def test_a_baseline_changes_no_mean():
    def based(f, mu, sigma, noise):
        return score(f, mu, sigma, noise, baseline=3.0)

    with jax.enable_x64(True):
        assert bias(based, FUNCTIONS, 0.5, 0.8) < 1e-12


def test_the_spread_over_samples_is_the_variance():
    mu, sigma = jnp.full(3, 0.5), jnp.full(3, 0.8)
    noise = jax.random.normal(jax.random.key(0), (20_000, 3))

    def f(z):
        return jnp.square(z).sum()

    np.testing.assert_allclose(
        spread(pathwise, f, mu, sigma, noise), 4 * 0.8**2, rtol=0.03
    )
    # By hand, from the moments of a normal: var of z^2 (z - mu) / sigma^2.
    first = jnp.full(1, 0.5), jnp.full(1, 0.8), noise[:, :1]
    second = 0.5**4 / 0.8**2 + 18 * 0.5**2 + 15 * 0.8**2 - 4 * 0.5**2
    np.testing.assert_allclose(spread(score, f, *first), second, rtol=0.1)
    plain, based = (spread(score, f, mu, sigma, noise, baseline=b) for b in (0.0, 2.67))
    assert based < plain
