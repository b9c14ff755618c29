"""Squared distances by one matrix product, against differences."""

import jax
import numpy as np
import pytest

from aejax.eval import distances

RANDOM = np.random.default_rng(0)
A, B = RANDOM.normal(size=(7, 5)), RANDOM.normal(size=(4, 5))


def test_distances_are_those_of_differences():
    expected = np.square(A[:, None] - B[None]).sum(-1)
    found = distances.squared(*distances.pair(A, B))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_far_from_the_origin_centring_keeps_the_digits():
    """|a|^2 is 5e8 here, which float32 knows to about 30."""
    far = distances.centred(*distances.pair(A + 1e4, B + 1e4))
    expected = np.square(A[:, None] - B[None]).sum(-1)
    np.testing.assert_allclose(distances.squared(*far), expected, rtol=2e-3)


def test_distances_are_never_negative():
    points = jax.random.normal(jax.random.key(0), (50, 30)) + 10
    assert (distances.squared(points, points) >= 0).all()


@pytest.mark.parametrize("shape", [(4, 6), (1, 5), (5,)])
def test_points_must_fit(shape):
    with pytest.raises(ValueError, match="points of shapes"):
        distances.pair(A, np.zeros(shape), least=2)
