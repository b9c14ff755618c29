"""White codes are white, and come back."""

import numpy as np
import pytest

from aejax.eval.whitening import unwhiten, whiten, whitening

RANDOM = np.random.default_rng(0)
CODES = (RANDOM.normal(size=(500, 4)) @ RANDOM.normal(size=(4, 4)) + 3).astype("f4")


def test_white_codes_have_mean_0_and_covariance_1():
    white = np.asarray(whiten(whitening(CODES), CODES))
    np.testing.assert_allclose(white.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(np.cov(white, rowvar=False), np.eye(4), atol=1e-4)


def test_codes_come_back():
    found = whitening(CODES)
    other = RANDOM.normal(size=(7, 4)).astype("f4")
    back = unwhiten(found, whiten(found, other))
    np.testing.assert_allclose(back, other, rtol=1e-4, atol=1e-4)


def test_white_codes_stay_as_they_are():
    """No rotation: the map is symmetric, and that of white codes is the identity."""
    found = whitening(CODES)
    np.testing.assert_allclose(found.matrix, found.matrix.T, rtol=1e-5, atol=1e-6)
    again = whitening(np.asarray(whiten(found, CODES)))
    np.testing.assert_allclose(again.matrix, np.eye(4), atol=1e-3)


@pytest.mark.parametrize("flat", [np.zeros(500), CODES[:, 0] - CODES[:, 1]])
def test_a_direction_without_variance_becomes_0_and_then_the_mean(flat):
    """Padding, and a coordinate that follows from the others."""
    codes = np.column_stack([CODES, flat]).astype("f4")
    found = whitening(codes)
    white = np.asarray(whiten(found, codes))
    variances = np.linalg.eigvalsh(np.cov(white, rowvar=False))
    np.testing.assert_allclose(variances, [0, 1, 1, 1, 1], atol=1e-3)
    np.testing.assert_allclose(unwhiten(found, white), codes, rtol=1e-3, atol=1e-3)


def test_codes_of_one_coordinate():
    white = np.asarray(whiten(whitening(CODES[:, :1]), CODES[:, :1]))
    np.testing.assert_allclose(white.std(ddof=1), 1, rtol=1e-4)
