"""Figures of answers: matrices, images, maps of classes, curves, marks on lines."""

import numpy as np

from aejax.report.figures import matrices, measured_lines, predictions, strips
from aejax.report.style import QUIET, render


def test_cells_of_a_short_row_are_left_out():
    cell = np.zeros((2, 4, 4, 1))
    figure = strips([[("a", cell)], [("b", cell), ("c", cell + 0.5)]])
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title() for axes in shown] == ["a", "b", "c"]
    strip = shown[2].images[0].get_array()
    np.testing.assert_array_equal(strip[0], [0.5] * 4 + [1] + [0.5] * 4 + [1])


def test_classes_are_shown_where_there_are_any_and_curves_below():
    true, said = np.array([[-1, 3]]), np.array([[5, 4]])
    curves = {"sound": {"true": np.arange(3), "one": np.ones(3)}}
    figure = predictions(
        ("canvas", np.zeros((1, 2))), {"true": true, "a": said}, curves
    )
    _, first, second, sound = figure.axes
    shown = np.ma.filled(first.images[0].get_array(), np.nan)
    np.testing.assert_array_equal(shown, [[np.nan, 3]])
    np.testing.assert_array_equal(second.images[0].get_array()[0, 1:], [4])
    assert [line.get_label() for line in sound.lines] == ["true", "one"]
    assert sound.lines[0].get_color() == QUIET and render(figure, "svg")


def test_lines_are_what_is_expected_and_marks_what_was_measured():
    figure = measured_lines({"a": ([1, 2], [3, 5], [3, 6])}, "layers", "field", "kind")
    line, marks = figure.axes[0].lines
    np.testing.assert_array_equal(line.get_ydata(), [3, 5])
    np.testing.assert_array_equal(marks.get_ydata(), [3, 6])
    assert marks.get_linestyle() == "None" and marks.get_label() == "a"


def test_matrices_show_which_entries_they_have_or_their_numbers():
    panels = {"has": np.eye(2) == 1, "counts": np.array([[1, 2]]), "one": np.eye(1)}
    figure = matrices(panels, columns=2)
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title() for axes in shown] == list(panels)
    np.testing.assert_array_equal(shown[0].images[0].get_array(), np.eye(2))
    texts = [[text.get_text() for text in axes.texts] for axes in shown]
    assert texts == [[], ["1", "2"], ["1"]] and render(figure, "svg")
