"""A measure against a size: every seed, their mean and their spread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
from numpy.typing import ArrayLike, NDArray

from aejax.report.style import (
    MARKERS,
    QUIET,
    logarithmic,
    new_figure,
    palette,
    settle,
    shared_legend,
    styled,
    width_of,
)
from aejax.stats import estimate

_DASHES = ("--", ":", "-.")
_SINGLE, _PANEL, _NARROW = (5.2, 3.5), (3.3, 2.7), (2.6, 2.5)

# The least distance between two tick labels, as a fraction of the axis.
_TICK_GAP = 0.07

# The width of what one series draws at one size, as a fraction of the axis.
_SLOT = 0.036


@dataclass(frozen=True)
class Panel:
    """One measure against a size, for `against_panels`.

    Attributes:
      ylabel: name and unit of the measure.
      series: label -> [n_seeds, n_x] values; nan where there is none.
      reference: label -> [n_x] or scalar, such as PCA or chance level.
      title: above the panel.
      log_y: logarithmic measure.
      from_zero: the axis begins at zero.
      intervals: bars are 95 % intervals of the mean, and runs are not drawn; for
        many runs.
    """

    ylabel: str
    series: Mapping[str, ArrayLike]
    reference: Mapping[str, ArrayLike] = field(default_factory=dict)
    title: str = ""
    log_y: bool = False
    from_zero: bool = False
    intervals: bool = False


def against(
    x: ArrayLike,
    series: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    ylabel: str,
    log2x: bool = True,
    reference: Mapping[str, ArrayLike] | None = None,
    title: str = "",
    log_y: bool = False,
    from_zero: bool = False,
) -> Figure:
    """A measure against a size: seeds as faint points, their mean as a line.

    Bars are the sample standard deviation over seeds (none with a single seed);
    references are grey and dashed.

    Args:
      x: [n_x] sizes, rising.
      series: label -> [n_seeds, n_x] values; nan where there is none.
      xlabel: name of the size.
      ylabel: name and unit of the measure.
      log2x: sizes on a logarithmic axis, labelled with the sizes themselves.
      reference: label -> [n_x] or scalar, such as PCA or chance level.
      title: above the axes.
      log_y: logarithmic measure.
      from_zero: the axis of the measure begins at zero.
    """
    panel = Panel(ylabel, series, reference or {}, title, log_y, from_zero)
    return against_panels(x, [panel], xlabel=xlabel, log2x=log2x)


@styled()
def against_panels(
    x: ArrayLike, panels: Sequence[Panel], *, xlabel: str, log2x: bool = True
) -> Figure:
    """Several measures against the same size, two or three panels a row, one legend.

    Args:
      x: [n_x] sizes, rising.
      panels: the measures; a label has the same colour in all of them.
      xlabel: name of the size.
      log2x: sizes on a logarithmic axis, labelled with the sizes themselves.
    """
    sizes = np.asarray(x, np.float64)
    columns = 3 if len(panels) == 3 else min(2, len(panels))
    rows = -(-len(panels) // columns)
    width, height = (_SINGLE, _PANEL, _NARROW)[columns - 1]
    figure = new_figure(width * columns, height * rows)
    labels = list(dict.fromkeys(label for panel in panels for label in panel.series))
    names = list(dict.fromkeys(name for panel in panels for name in panel.reference))
    for place, panel in enumerate(panels, start=1):
        axes = figure.add_subplot(rows, columns, place)
        _draw_size_axis(axes, sizes, log2x, 0.7 * width)
        _draw_series(axes, sizes, panel, labels, log2x)
        _draw_reference(axes, sizes, panel.reference, names)
        axes.set(xlabel=xlabel, ylabel=panel.ylabel, title=panel.title)
        _draw_measure_axis(axes, panel)
    figure.align_ylabels()
    shared_legend(figure)
    return settle(figure)


def _draw_series(
    axes: Axes, sizes: NDArray, panel: Panel, labels: list[str], log2x: bool
) -> None:
    colours = palette(len(labels))
    for label, values in panel.series.items():
        index = labels.index(label)
        width = _SLOT / 3 if panel.intervals else _SLOT
        slot = width * (index - (len(labels) - 1) / 2)
        at, beside = (_aside(sizes, by, log2x) for by in (slot, slot + width / 2))
        style: dict[str, Any] = {
            "color": colours[index],
            "marker": MARKERS[index % len(MARKERS)],
        }
        runs = np.ma.masked_invalid(np.atleast_2d(np.asarray(values, np.float64)))
        for run in () if panel.intervals else runs:
            axes.plot(beside, run, linestyle="", alpha=0.4, ms=4, mew=0, **style)
        mean, bars = runs.mean(axis=0), _bars(runs, panel.intervals)
        axes.errorbar(at, mean, bars, capsize=3, zorder=3, label=label, **style)


def _bars(runs: np.ma.MaskedArray, intervals: bool) -> NDArray | None:
    """Half the length of each bar; None with a single run."""
    if len(runs) < 2:
        return None
    if intervals:
        return np.array([estimate(column.compressed()).half_width for column in runs.T])
    return runs.std(axis=0, ddof=1)


def _aside(sizes: NDArray, fraction: float, log2x: bool) -> NDArray:
    """Sizes moved by a fraction of the axis, so that marks stand side by side."""
    if log2x:
        return sizes * (sizes.max() / sizes.min()) ** fraction
    return sizes + np.ptp(sizes) * fraction


def _draw_reference(
    axes: Axes, sizes: NDArray, reference: Mapping[str, ArrayLike], names: list[str]
) -> None:
    for label, values in reference.items():
        level = np.broadcast_to(np.asarray(values, np.float64), sizes.shape)
        dashes = _DASHES[names.index(label) % len(_DASHES)]
        # A single point draws no line.
        marker = "_" if sizes.size == 1 else ""
        axes.plot(
            sizes, level, dashes, color=QUIET, marker=marker, label=label, zorder=2.5
        )


def _draw_size_axis(axes: Axes, sizes: NDArray, log2x: bool, room: float) -> None:
    if log2x:
        axes.set_xscale("log", base=2)
    ticks = _legible(sizes, log2x, room)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())


def _legible(sizes: NDArray, log2x: bool, room: float) -> list[float]:
    """The sizes whose labels do not run into the label before, on so many inches."""
    places = np.log2(sizes) if log2x else sizes
    shares = (places - places[0]) / (np.ptp(places) or 1)
    widths = [width_of(f"{size:g}", "xtick.labelsize") / room for size in sizes]
    kept = [0]
    for index in range(1, len(places)):
        needed = (widths[kept[-1]] + widths[index]) / 2 + 0.02
        if shares[index] - shares[kept[-1]] >= max(_TICK_GAP, needed):
            kept.append(index)
    return [float(sizes[index]) for index in kept]


def _draw_measure_axis(axes: Axes, panel: Panel) -> None:
    if panel.log_y:
        logarithmic(axes)
    elif panel.from_zero:
        axes.set_ylim(bottom=0)
