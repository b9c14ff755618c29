"""Measures of paths on paths whose measures are known."""

import numpy as np
import pytest

from aejax.eval import paths as path

BANK = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 3.0], [5.0, 5.0]])


def test_nearest_real_picture_is_no_end_of_the_path():
    frames = np.array([[[0.0, 0.0], [0.9, 0.0], [1.0, 0.0]]])
    ends = np.array([[0, 1]])
    found = path.nearest_real(frames, BANK, ends)
    np.testing.assert_allclose(found, [[3, np.hypot(0.9, 3), np.hypot(1, 3)]])
    far = path.nearest_real(frames, BANK, np.array([[2, 3]]))
    np.testing.assert_allclose(far, [[0, 0.1, 0]], atol=1e-12)


def test_typical_distance_is_the_median_over_pictures():
    # Nearest others: 1, 1, 3 and hypot(5, 2).
    np.testing.assert_allclose(path.typical_distance(BANK), 2)


def test_class_changes_and_confidence():
    chances = np.array([[[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], [[1, 0]] * 3])
    np.testing.assert_array_equal(path.class_changes(chances), [2, 0])
    np.testing.assert_allclose(path.confidence(chances), [[0.9, 0.8, 0.6], [1, 1, 1]])


@pytest.mark.parametrize(
    ("places", "expected"), [([0, 1, 2, 3], 1), ([0, 0, 0, 3], 3), ([0, 1, 3, 4], 1.5)]
)
def test_unevenness(places, expected):
    features = np.array(places, float)[None, :, None] * np.array([3.0, 4.0])
    np.testing.assert_allclose(path.unevenness(features), [expected])


def test_a_path_that_stands_still_is_no_error():
    assert path.unevenness(np.zeros((1, 4, 2)))[0] == 0


def test_a_cross_fade_does_not_depart_from_itself():
    ends = np.random.default_rng(0).random((3, 2, 4, 4, 1))
    t = np.linspace(0, 1, 5)[:, None, None, None]
    frames = ends[:, :1] * (1 - t) + ends[:, 1:] * t
    np.testing.assert_allclose(path.departure(frames), 0, atol=1e-12)
    # One of three inner frames is off by 0.3 everywhere.
    frames[:, 2] += 0.3
    np.testing.assert_allclose(path.departure(frames), 0.3 / np.sqrt(3))
