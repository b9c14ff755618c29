"""Points in a plane, coloured by class."""

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from aejax.report.style import new_figure, settle, styled

# More points than this hide each other and swell the file.
_MOST = 1500


@styled()
def scatters(
    panels: Mapping[str, ArrayLike], labels: ArrayLike, names: Sequence[str]
) -> Figure:
    """Clouds of codes side by side, at most three a row, one legend.

    Args:
      panels: title -> [n, 2] points; each panel has axes of its own.
      labels: int [n] classes of the points.
      names: of the classes.
    """
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure = new_figure(2.6 * columns + 1.4, 2.6 * rows)
    classes = np.asarray(labels)[:_MOST]
    colours = matplotlib.colormaps["tab10"]
    for place, (title, points) in enumerate(panels.items(), start=1):
        axes = figure.add_subplot(rows, columns, place)
        x = np.asarray(points)[:_MOST]
        axes.scatter(
            x[:, 0], x[:, -1], c=classes, cmap=colours, vmin=0, vmax=9.99, s=3,
            linewidths=0, rasterized=True,
        )  # fmt: skip
        axes.set_title(title)
    handles = [
        Line2D([], [], marker="o", linestyle="", ms=4, mew=0, color=colours(i % 10))
        for i in range(len(names))
    ]
    figure.legend(handles, list(names), loc="outside right center", handletextpad=0.1)
    return settle(figure)
