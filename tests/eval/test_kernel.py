"""The kernel distance: all pairs in float64, moments that are known, no bias."""

import numpy as np
import pytest

from aejax.eval.distances import BLOCK
from aejax.eval.kernel import kernel_distance


def all_pairs(first, second):
    """The formula, pair by pair."""

    def kernel(x, y):
        return (x @ y.T / x.shape[1] + 1) ** 3

    def within(x):
        matrix = kernel(x, x)
        return matrix[~np.eye(len(x), dtype=bool)].mean()

    return within(first) + within(second) - 2 * kernel(first, second).mean()


@pytest.mark.parametrize("sizes", [(2, 3), (40, 25), (BLOCK + 9, 2 * BLOCK + 1)])
def test_against_all_pairs_in_float64(sizes):
    random = np.random.default_rng(0)
    first, second = (random.normal(size=(n, 6)) + 0.3 * n % 2 for n in sizes)
    expected = all_pairs(first, second)
    assert kernel_distance(first, second) == pytest.approx(expected, rel=1e-4)
    assert kernel_distance(second, first) == pytest.approx(expected, rel=1e-4)


def test_large_features_lose_no_more_than_rounding():
    random = np.random.default_rng(1)
    first, second = (np.abs(random.normal(size=(700, 64))) * 5 for _ in range(2))
    scale = ((first @ second.T / 64 + 1) ** 3).mean()
    found = kernel_distance(first, second)
    assert found == pytest.approx(all_pairs(first, second), abs=1e-6 * scale)


def test_a_shift_of_a_gaussian_costs_its_moments():
    """Of N(m, 1) they are m, 1 + m^2, m^3 + 3 m, with weights 3, 3, 1."""
    shift, random = 1.5, np.random.default_rng(2)
    first, second = random.normal(size=(2, 8000, 1))
    expected = 3 * shift**2 + 3 * shift**4 + (shift**3 + 3 * shift) ** 2
    found = kernel_distance(first, second + shift)
    assert found == pytest.approx(expected, rel=0.1)


def test_it_has_no_bias_however_few_the_images():
    random = np.random.default_rng(3)
    found = [
        kernel_distance(random.normal(size=(5, 2)), random.normal(size=(8, 2)))
        for _ in range(400)
    ]
    error = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found)) < 3 * error
    # The diagonal would add the mean of (k(x, x) - k(x, y)) / n, far more than that.
    assert min(found) < 0 < max(found)


def test_features_must_fit():
    with pytest.raises(ValueError, match="shapes"):
        kernel_distance(np.zeros((3, 2)), np.zeros((3, 4)))
    with pytest.raises(ValueError, match="at least 2"):
        kernel_distance(np.zeros((3, 2)), np.zeros((1, 2)))
