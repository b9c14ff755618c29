"""Densities that are fitted to codes."""

import numpy as np
import pytest

from aejax.eval.density import frechet_of_samples, mixture_samples


@pytest.fixture(scope="module")
def codes():
    random = np.random.default_rng(0)
    scaled = random.normal(size=(4000, 2)) @ np.array([[2.0, 1.0], [0.0, 0.5]]) + 3
    return scaled.astype(np.float32)


@pytest.mark.parametrize("parts", [1, 10])
def test_samples_have_the_moments_of_the_codes(codes, parts):
    found = mixture_samples(codes, 20_000, parts=parts, seed=1)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.mean(0), codes.mean(0), atol=0.1)
    np.testing.assert_allclose(
        np.cov(found, rowvar=False), np.cov(codes, rowvar=False), atol=0.2
    )


def test_a_mixture_keeps_what_a_gaussian_fills():
    random = np.random.default_rng(0)
    apart = random.normal(size=(1000, 1)) + 20 * random.integers(0, 2, (1000, 1))
    between = [
        np.mean((x > 6) & (x < 14))
        for x in (mixture_samples(apart, 1000, parts=parts) for parts in (1, 2))
    ]
    assert between[0] > 0.2
    assert between[1] == 0


def test_samples_are_in_random_order_and_reproducible():
    apart = np.repeat([[0.0], [20.0]], 100, axis=0)
    found = mixture_samples(apart, 100, parts=2)
    assert np.abs(np.diff(found[:, 0] > 10)).sum() > 20
    np.testing.assert_array_equal(found, mixture_samples(apart, 100, parts=2))


def test_a_coordinate_that_does_not_vary_is_no_error(codes):
    still = np.concatenate([codes, np.zeros((4000, 1), np.float32)], axis=1)
    found = mixture_samples(still, 1000)
    assert np.abs(found[:, 2]).max() < 0.1


def test_samples_of_the_fitted_density_are_near_the_codes(codes):
    """With images that are codes and features that are images."""
    found = {
        name: frechet_of_samples(codes, real, lambda z: z, lambda x: x, kept=3)
        for name, real in (("near", codes), ("far", codes + 2))
    }
    assert found["near"][0] == pytest.approx(0, abs=0.05)
    # Equal covariances: the squared distance of the means.
    assert found["far"][0] == pytest.approx(8, rel=0.1)
    assert found["far"][1].shape == (3, 2)
