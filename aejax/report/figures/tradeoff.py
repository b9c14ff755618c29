"""A measure against a cost: named points, one series per kind of change."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, NullFormatter
from numpy.typing import ArrayLike

from aejax.report.style import (
    MARKERS,
    logarithmic,
    new_figure,
    palette,
    settle,
    shared_legend,
    styled,
)


class Path(NamedTuple):
    """Points along which one thing is changed.

    Attributes:
      cost: [n] abscissas, such as parameters.
      values: [n_seeds, n] measures.
      names: [n] short words written beside the points.
    """

    cost: ArrayLike
    values: ArrayLike
    names: Sequence[str]


@styled()
def tradeoff(
    paths: Mapping[str, Path], *, xlabel: str, ylabel: str, log_y: bool = False
) -> Figure:
    """A measure against a cost, both where they are: mean ± deviation over seeds.

    Args:
      paths: label -> points; those of one label are joined by a line.
      xlabel: name and unit of the cost (logarithmic axis).
      ylabel: name and unit of the measure.
      log_y: logarithmic measure.
    """
    figure = new_figure(5.6, 3.9)
    axes = figure.add_subplot()
    axes.set_xscale("log")
    for index, (label, path) in enumerate(paths.items()):
        runs = np.atleast_2d(np.asarray(path.values, np.float64))
        cost, mean = np.asarray(path.cost, np.float64), runs.mean(axis=0)
        order = np.argsort(cost)
        colour = palette(len(paths))[index]
        axes.errorbar(
            cost[order],
            mean[order],
            runs.std(axis=0, ddof=1)[order] if len(runs) > 1 else None,
            color=colour,
            marker=MARKERS[index % len(MARKERS)],
            capsize=3,
            label=label,
        )
        # In four corners: paths meet in a common point, and bars are upright.
        offset = [(-9, 5), (10, -13), (10, 5), (-10, -13)][index % 4]
        for x, y, name in zip(cost, mean, path.names, strict=True):
            axes.annotate(
                name, (x, y), offset, textcoords="offset points", ha="center",
                color=colour, fontsize=8.5,
            )  # fmt: skip
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.margins(0.1, 0.12)
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    axes.xaxis.set_minor_formatter(NullFormatter())
    if log_y:
        logarithmic(axes)
    shared_legend(figure)
    return settle(figure)
