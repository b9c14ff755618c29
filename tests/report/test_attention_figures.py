"""Figures of what is fed to attention, and of where it looks."""

import numpy as np

from aejax.report.figures import attention_maps, patches
from aejax.report.style import render


def test_an_image_is_shown_beside_its_tokens():
    image = np.arange(24).reshape(4, 6) / 24
    left, right = patches(image, 2).axes
    np.testing.assert_array_equal(left.images[0].get_array(), image)
    matrix = right.images[0].get_array()
    np.testing.assert_allclose(matrix[4], image[2:, 2:4].ravel())
    assert len(left.texts) == len(matrix) == 6


def test_maps_mark_the_place_and_what_the_heads_are_meant_to_see():
    maps = {"one": np.zeros((3, 5)), "two": np.ones((3, 5))}
    figure = attention_maps(maps, (1, 3), np.array([[0, 0], [1, -1]]))
    first, second, bar = figure.axes
    assert (first.get_title(), second.get_title()) == ("one", "two")
    np.testing.assert_array_equal(first.collections[0].get_offsets(), [[3, 1], [2, 2]])
    assert bar.get_ylabel() == "attention" and render(figure, "svg")
