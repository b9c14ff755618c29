"""Both estimators have the right mean; a sample taken as given has none."""

import jax
import jax.numpy as jnp

from aejax.eval.gradients import as_given, bias, pathwise, score

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
