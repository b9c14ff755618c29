"""Neighbours, against all distances."""

import numpy as np
import pytest

from aejax import data
from aejax.eval.neighbours import nearest


def test_neighbours_are_the_nearest_other_images():
    # So few images have no more principal components than are kept.
    images = data.load("mnist_5k", "test").images[:40]
    points = images.reshape(40, -1).astype(np.float64)
    distances = np.square(points[:, None] - points[None]).sum(-1)
    np.fill_diagonal(distances, np.inf)
    np.testing.assert_array_equal(nearest(images, 3), distances.argsort(1)[:, :3])


@pytest.mark.parametrize("count", [0, 4])
def test_there_must_be_as_many_other_images(count):
    images = np.zeros((4, 2, 2, 1), np.uint8)
    with pytest.raises(ValueError, match="among 4 images"):
        nearest(images, count)
