"""Halved images: means of four, rounded where they are uint8, the middle if asked."""

import numpy as np

from aejax.data.shrink import halved


def test_pixels_are_means_of_four():
    images = np.arange(2 * 4 * 6, dtype=np.uint8).reshape(2, 4, 6, 1)
    found = halved(images)
    assert found.shape == (2, 2, 3, 1) and found.dtype == np.uint8
    assert found[0, 0, 0, 0] == round((0 + 1 + 6 + 7) / 4)
    exact = halved(images.astype(np.float32))
    assert exact.dtype == np.float32 and exact[0, 0, 0, 0] == 3.5
    assert np.abs(found - exact).max() <= 0.5


def test_odd_rows_are_left_out_and_a_side_keeps_the_middle():
    images = np.zeros((1, 7, 9, 3), np.float32)
    assert halved(images).shape == (1, 3, 4, 3)
    images = np.zeros((1, 12, 16, 1), np.float32)
    images[:, 4:8, 6:10] = 1
    middle = halved(images, side=2)
    assert middle.shape == (1, 2, 2, 1) and (middle == 1).all()
    assert halved(images, side=100).shape == (1, 6, 8, 1)
