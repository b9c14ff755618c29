"""Filled shapes and outlines, and how well their partners fit."""

import jax
import numpy as np
import pytest

from aejax.data import styles


@pytest.fixture(scope="module")
def square():
    image = np.zeros((6, 28, 28, 1), np.uint8)
    image[:, 8:20, 8:20] = 255
    return styles.both(image)


def test_an_outline_is_a_ring_around_a_filled_shape(square):
    filled, outline = (part[0, ..., 0] for part in square)
    assert filled.shape == outline.shape == (14, 14)
    assert filled[7, 7] == 255 and outline[7, 7] == 0  # Its middle is empty.
    assert filled[0, 0] == outline[0, 0] == 0
    row = outline[7]
    assert (row[:7] > 100).any() and (row[7:] > 100).any()
    np.testing.assert_array_equal(outline, outline.T)
    # A stroke on each side has about the length of the border.
    assert 0.3 < outline.sum() / filled.sum() < 1.2


def test_colours_and_odd_sides():
    images = np.zeros((2, 15, 14, 3), np.uint8)
    assert styles.both(images).outline.shape == (2, 7, 7, 1)


def test_partners_of_each_pairing():
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (40, 14, 14, 1)).astype(np.uint8)
    found = styles.partners(jax.random.key(0), images)
    assert found.shape == (3, 40, 14, 14, 1) and found.dtype == np.uint8
    accurate, loose, mixed = found
    np.testing.assert_array_equal(accurate, images)
    assert (loose != images).any((1, 2, 3)).all()
    assert sorted(map(bytes, mixed)) == sorted(map(bytes, images))
    assert (mixed != images).any((1, 2, 3)).mean() > 0.8
    exact = styles.partners(jax.random.key(0), images, strength=0.0)[1]
    np.testing.assert_allclose(exact.astype(int), images, atol=1)
