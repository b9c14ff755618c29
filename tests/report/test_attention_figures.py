"""Figures of what is fed to attention."""

import numpy as np

from aejax.report.figures import patches


def test_an_image_is_shown_beside_its_tokens():
    image = np.arange(24).reshape(4, 6) / 24
    left, right = patches(image, 2).axes
    np.testing.assert_array_equal(left.images[0].get_array(), image)
    matrix = right.images[0].get_array()
    np.testing.assert_allclose(matrix[4], image[2:, 2:4].ravel())
    assert len(left.texts) == len(matrix) == 6
