"""Fréchet distances that are known, and SciPy's matrix root."""

import jax
import numpy as np
import pytest
from scipy import linalg

from aejax.eval.frechet import frechet_distance, traced_frechet_distance

RANDOM = np.random.default_rng(0)
A, B = (
    RANDOM.normal(size=(200, 5)),
    RANDOM.normal(size=(300, 5)) @ np.diag(range(1, 6)) + 1,
)


def test_equal_sets_are_at_distance_zero():
    np.testing.assert_allclose(frechet_distance(A, A), 0, atol=1e-9)


def test_a_shift_costs_its_square_and_a_scale_its_change():
    np.testing.assert_allclose(frechet_distance(A, A + 3), 5 * 9)
    variance = np.trace(np.cov(A, rowvar=False))
    np.testing.assert_allclose(
        frechet_distance(A - A.mean(0), 2 * (A - A.mean(0))), variance
    )


def test_against_the_matrix_root():
    first, second = np.cov(A, rowvar=False), np.cov(B, rowvar=False)
    root = linalg.sqrtm(first @ second).real
    expected = np.square(A.mean(0) - B.mean(0)).sum() + np.trace(
        first + second - 2 * root
    )
    np.testing.assert_allclose(frechet_distance(A, B), expected, rtol=1e-6)
    np.testing.assert_allclose(frechet_distance(B, A), expected, rtol=1e-6)


def test_features_must_fit():
    with pytest.raises(ValueError, match="shapes"):
        frechet_distance(A, B[:, :4])


def test_within_a_program_it_is_the_same(x64):
    flat = np.concatenate([A, np.zeros((200, 1))], axis=1), np.pad(B, [(0, 0), (0, 1)])
    for first, second in ((A, B), flat):
        found = jax.jit(traced_frechet_distance)(first, second)
        np.testing.assert_allclose(found, frechet_distance(A, B), rtol=1e-9)
