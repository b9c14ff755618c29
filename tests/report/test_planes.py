"""Sheets of decoded points: where each picture lies, and which are tinted."""

import numpy as np

from aejax.report.figures.planes import decoded_planes
from aejax.report.figures.scatter import scatters


def test_pictures_lie_row_after_row_and_only_marked_ones_are_tinted():
    pictures = np.linspace(0, 1, 4)[:, None, None, None] * np.ones((4, 2, 3, 1))
    marked = np.array([False, True, False, False])
    figure = decoded_planes({"model": pictures}, {"model": marked})
    (axes,) = figure.axes
    shown = np.asarray(axes.images[0].get_array())
    assert shown.shape == (4, 6, 3)
    np.testing.assert_allclose(shown[:2, :3], 0)
    np.testing.assert_allclose(shown[2:, :3], 2 / 3)
    np.testing.assert_allclose(shown[2:, 3:], 1)
    red, _, blue = shown[0, 3]
    assert red > blue


def test_a_ring_is_shown_whole_in_every_panel():
    codes = np.random.default_rng(0).normal(size=(20, 2)) / 10
    figure = scatters(
        {"a": codes, "b": 100 * codes}, np.arange(20) % 2, ["x", "y"], (2.0, "prior")
    )
    near, far = figure.axes
    assert near.get_xlim()[1] > 2
    assert far.get_ylim()[0] < -np.abs(100 * codes).max()
    assert all(len(axes.patches) == 1 for axes in figure.axes)
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["x", "y", "prior"]
