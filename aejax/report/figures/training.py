"""Training curves over seeds."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from aejax.report.style import (
    logarithmic,
    new_figure,
    palette,
    settle,
    shared_legend,
    styled,
)


@styled()
def curves(
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    xlabel: str = "step",
    ylabel: str,
    log_y: bool = False,
    title: str = "",
) -> Figure:
    """Training curves: mean over seeds as a line, least to greatest as a band.

    Nothing is smoothed.

    Args:
      curves: label -> (steps [n_steps], values [n_seeds, n_steps]); values that
        are not finite are left out.
      xlabel: name of the steps.
      ylabel: name and unit of the values.
      log_y: logarithmic values.
      title: above the axes.
    """
    figure = new_figure(5.2, 3.5)
    axes = figure.add_subplot()
    for colour, label in zip(palette(len(curves)), curves, strict=True):
        steps, values = curves[label]
        runs = np.ma.masked_invalid(np.atleast_2d(np.asarray(values, np.float64)))
        low, high = _plain(runs.min(axis=0)), _plain(runs.max(axis=0))
        axes.fill_between(
            np.asarray(steps), low, high, color=colour, alpha=0.18, linewidth=0
        )
        # A single record has no line to it, but a place.
        marker = "o" if len(np.atleast_1d(steps)) == 1 else None
        mean = _plain(runs.mean(axis=0))
        axes.plot(steps, mean, color=colour, label=label, marker=marker)
        if marker:
            axes.vlines(steps, low, high, color=colour, alpha=0.4)
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    axes.margins(x=0.01)
    if log_y:
        logarithmic(axes)
    shared_legend(figure)
    return settle(figure)


def _plain(values: np.ma.MaskedArray) -> NDArray[np.float64]:
    return np.ma.filled(values, np.nan)
