import itertools
import warnings

import numpy as np
import pytest
from matplotlib.container import ErrorbarContainer

from aejax.report.figures import (
    Panel,
    against,
    against_panels,
    correlation_matrices,
    curves,
    forest,
    reconstructions,
    sheet,
    tradeoff,
)
from aejax.report.figures.forest import Panel as ForestPanel
from aejax.report.figures.tradeoff import Path
from aejax.report.style import ABSENT, render
from aejax.stats import estimate, from_z

RUNS = np.array([[1.0, 2, 4], [3.0, 4, 4], [2.0, np.nan, 4]])


def legend_of(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def texts_inside(figure):
    """Whether every text of a drawn figure lies within its edges."""
    figure.canvas.draw()
    edges = figure.bbox.padded(1)
    boxes = [
        text.get_window_extent()
        for axes in figure.axes
        if axes.get_visible()
        for text in [*axes.get_xticklabels(), *axes.get_yticklabels(), axes.title]
        if text.get_text() and text.get_visible()
    ]
    return boxes and all(
        edges.contains(*corner) for box in boxes for corner in (box.min, box.max)
    )


def test_line_and_bars_are_mean_and_standard_deviation():
    figure = against([2, 4, 8], {"a": RUNS}, xlabel="d", ylabel="y")
    (container,) = (
        c for c in figure.axes[0].containers if isinstance(c, ErrorbarContainer)
    )
    line, _, (bars,) = container.lines
    np.testing.assert_allclose(line.get_xdata(), [2, 4, 8])
    np.testing.assert_allclose(line.get_ydata(), [2, 3, 4])
    reach = [np.ptp(path.vertices[:, 1]) / 2 for path in bars.get_paths()]
    np.testing.assert_allclose(reach, [1, np.sqrt(2), 0])


def test_every_seed_is_a_point():
    figure = against([2, 4, 8], {"a": RUNS}, xlabel="d", ylabel="y")
    points = [line for line in figure.axes[0].lines if line.get_alpha()]
    seen = np.ma.filled(np.ma.stack([p.get_ydata() for p in points]), np.nan)
    np.testing.assert_array_equal(seen, RUNS)


def test_ticks_are_the_sizes():
    figure = against([2, 4, 8], {"a": RUNS}, xlabel="d", ylabel="y")
    labels = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert labels == ["2", "4", "8"]


def test_crowded_ticks_are_thinned():
    sizes = np.arange(1, 65)
    figure = against(sizes, {"a": [sizes]}, xlabel="d", ylabel="y")
    labels = [int(label.get_text()) for label in figure.axes[0].get_xticklabels()]
    assert labels[:3] == [1, 2, 3]
    assert np.diff(np.log2(labels)).min() > 0.07 * 6


def test_wide_labels_of_narrow_panels_do_not_touch():
    sizes = np.arange(24) * 15 + 7.5
    figure = against_panels(
        sizes, [Panel("y", {"a": [sizes]})] * 3, xlabel="d", log2x=False
    )
    figure.canvas.draw()
    for axes in figure.axes:
        boxes = [label.get_window_extent() for label in axes.get_xticklabels()]
        assert len(boxes) > 2
        assert all(a.x1 < b.x0 for a, b in itertools.pairwise(boxes))


def test_legend_has_series_then_references_once():
    panels = [
        Panel("y", {"a": RUNS, "b": RUNS}, {"chance": 1.0}),
        Panel("z", {"b": RUNS, "a": RUNS}, {"chance": [1, 2, 3]}),
    ]
    figure = against_panels([2, 4, 8], panels, xlabel="d")
    assert legend_of(figure) == ["a", "b", "chance"]
    colours = [
        {c.get_label(): c.lines[0].get_color() for c in axes.containers}
        for axes in figure.axes
        if axes.get_visible()
    ]
    assert colours[0] == colours[1]


def test_one_label_needs_no_legend():
    assert not against([2, 4, 8], {"a": RUNS}, xlabel="d", ylabel="y").legends


@pytest.mark.parametrize("log2x", [True, False])
@pytest.mark.parametrize("log_y", [True, False])
@pytest.mark.parametrize("values", [[[0.5]], [[np.nan]], [[0.0]], [[1e-9], [1e6]]])
def test_odd_values_draw_without_warnings(log2x, log_y, values):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = against(
            [4], {"a": values}, xlabel="d", ylabel="y", log2x=log2x, log_y=log_y
        )
        assert render(figure, "svg")


def test_curves_are_mean_and_range():
    figure = curves({"a": ([0, 1, 2], RUNS)}, ylabel="loss")
    axes = figure.axes[0]
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [2, 3, 4])
    band = axes.collections[0].get_paths()[0].vertices
    assert {tuple(v) for v in band} >= {(0, 1), (0, 3), (1, 2), (1, 4), (2, 4)}


def test_a_single_record_is_a_point_that_can_be_seen():
    """Of a run of fewer steps than a chunk there is no line."""
    figure = curves({"a": ([20], [[1.0], [3.0]])}, ylabel="loss", log_y=True)
    (line,) = figure.axes[0].lines
    assert line.get_marker() == "o"
    assert line.get_ydata().tolist() == [2]
    assert render(figure, "svg")


def test_curves_of_a_run_that_diverged():
    values = np.array([[1.0, np.nan, np.inf]])
    figure = curves({"a": ([0, 1, 2], values)}, ylabel="loss", log_y=True)
    assert render(figure, "svg")


@pytest.mark.parametrize("sizes", [(2,), (4, 8), (2, 4, 8, 16, 32), (128,) * 8])
def test_matrices_share_one_scale_and_fit(sizes):
    rng = np.random.default_rng(0)
    matrices = [np.corrcoef(rng.normal(size=(d, 50))) for d in sizes]
    figure = correlation_matrices(matrices, [f"d = {d}\nmean 0.1" for d in sizes])
    shown = [axes.images[0] for axes in figure.axes if axes.images]
    assert len(shown) == len(sizes)
    assert {image.get_clim() for image in shown} == {(-1, 1)}
    for image, matrix in zip(shown, matrices, strict=True):
        np.testing.assert_array_equal(image.get_array(), matrix)
    assert texts_inside(figure)


def test_inactive_units_are_grey():
    figure = correlation_matrices([[[np.nan, np.nan], [np.nan, 1]]], ["d = 2"])
    image = figure.axes[0].images[0]
    colours = image.cmap(image.norm(image.get_array()), bytes=True)
    grey = tuple(bytes.fromhex(ABSENT[1:]))
    assert tuple(colours[0, 0, :3]) == grey != tuple(colours[1, 1, :3])


def test_absolute_matrices():
    figure = correlation_matrices(
        [[[1, -0.5], [-0.5, 1]]], ["d = 2"], absolute=True, limit=0.6
    )
    image = figure.axes[0].images[0]
    assert image.get_clim() == (0, 0.6)
    assert image.get_array().min() == 0.5


def test_titles_and_matrices_must_match():
    with pytest.raises(ValueError, match="1 matrices and 2 titles"):
        correlation_matrices([np.eye(2)], ["a", "b"])


@pytest.mark.parametrize("channels", [(), (1,), (3,)])
def test_pixels_are_shown_as_they_are(channels):
    rng = np.random.default_rng(0)
    a, b = rng.uniform(size=(2, 5, 28, 28, *channels))
    figure = reconstructions(a, {"d = 4": b})
    sheet = figure.axes[0].images[0].get_array()
    squeezed = b[..., 0] if channels == (1,) else b
    np.testing.assert_array_equal(sheet[:28, :28], a[0].reshape(sheet[:28, :28].shape))
    np.testing.assert_array_equal(sheet[30:58, 60:88], squeezed[2])
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["original", "d = 4"]
    assert texts_inside(figure)


def test_long_labels_of_rows_are_not_cut():
    x = np.zeros((3, 8, 8))
    label = "WWWWWWWWWWWW, a very long name of a model of d = 128"
    assert texts_inside(reconstructions(x, {label: x}))


def test_rows_must_match_the_originals():
    with pytest.raises(ValueError, match="row 'd = 4'"):
        reconstructions(np.zeros((3, 8, 8)), {"d = 4": np.zeros((2, 8, 8))})


def test_a_forest_shows_means_and_their_intervals():
    spreads = {"a": estimate([1.0, 2.0, 3.0]), "b": estimate([5.0])}
    figure = forest([ForestPanel("error", spreads), ForestPanel("time", spreads)])
    for axes in figure.axes:
        bars = [c for c in axes.containers if isinstance(c, ErrorbarContainer)]
        assert [bar.lines[0].get_xdata()[0] for bar in bars] == [2, 5]
        (reach,) = bars[0].lines[2]
        ends = reach.get_paths()[0].vertices[:, 0]
        np.testing.assert_allclose(ends, spreads["a"].interval)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["a", "b"]
    assert render(figure, "svg")


def test_a_forest_shows_intervals_that_are_not_symmetric():
    read = from_z(estimate([1.0, 2.0, 3.0]))
    (axes,) = forest([ForestPanel("correlation", {"a": read})]).axes
    (bar,) = (c for c in axes.containers if isinstance(c, ErrorbarContainer))
    ends = bar.lines[2][0].get_paths()[0].vertices[:, 0]
    np.testing.assert_allclose(ends, read.interval)


def test_a_trade_off_is_sorted_by_its_cost():
    path = Path([30.0, 10.0], [[1.0, 2.0], [3.0, 2.0]], ["large", "small"])
    figure = tradeoff({"wider": path}, xlabel="parameters", ylabel="error")
    (container,) = figure.axes[0].containers
    np.testing.assert_array_equal(container.lines[0].get_xdata(), [10, 30])
    np.testing.assert_array_equal(container.lines[0].get_ydata(), [2, 2])
    assert render(figure, "svg")


def test_sheets_have_a_row_per_condition():
    rows = [("a", np.zeros((4, 8, 8, 1))), ("b", np.ones((4, 8, 8, 1)))]
    figure = sheet(rows)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["a", "b"]
    assert texts_inside(figure)
    figure = sheet(rows, columns="wxyz")
    (axes,) = figure.axes
    assert [t.get_text() for t in axes.get_xticklabels()] == list("wxyz")
    assert axes.get_xticks()[0] == 9 / 2  # Eight pixels and a gap.
    assert texts_inside(figure)
