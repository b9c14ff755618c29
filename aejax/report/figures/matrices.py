"""Small matrices side by side."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from aejax.report.style import new_figure, numbers, picture, settle, styled


@styled()
def matrices(panels: Mapping[str, NDArray], columns: int = 4) -> Figure:
    """Which entries a matrix has, or the numbers in its cells.

    Args:
      panels: title -> bool [h, w], drawn dark where true, or positive numbers [h, w],
        each written into its cell.
      columns: panels a row, at most.
    """
    across = min(columns, len(panels))
    rows = -(-len(panels) // across)
    figure = new_figure(2.0 * across, 2.45 * rows)
    places = figure.subplots(rows, across, squeeze=False).ravel()
    for axes, (title, matrix) in zip(places, panels.items(), strict=False):
        if np.asarray(matrix).dtype == bool:
            picture(axes, matrix, title, cmap="Blues", vmin=0, vmax=1.3)
        else:
            numbers(axes, matrix, title)
    for axes in places[len(panels) :]:
        axes.set_visible(False)
    return settle(figure)
