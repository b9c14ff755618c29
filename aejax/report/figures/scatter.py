"""Points in a plane, coloured by class."""

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle
from numpy.typing import ArrayLike

from aejax.report.style import INK, new_figure, settle, styled

# More points than this hide each other and swell the file.
_MOST = 1500


@styled()
def scatters(
    panels: Mapping[str, ArrayLike],
    labels: ArrayLike,
    names: Sequence[str],
    ring: tuple[float, str] | None = None,
) -> Figure:
    """Clouds of codes side by side, at most three a row, one legend.

    Args:
      panels: title -> [n, 2] points; each panel has axes of its own.
      labels: int [n] classes of the points.
      names: of the classes.
      ring: radius of a circle around the origin, which every panel then shows
        whole, and what it is.
    """
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure = new_figure(2.6 * columns + 1.4, 2.6 * rows)
    # In a fixed mixed order, so that no class covers the others.
    order = np.random.default_rng(0).permutation(len(np.asarray(labels)))[:_MOST]
    classes = np.asarray(labels)[order]
    colours = matplotlib.colormaps["tab10"]
    for place, (title, points) in enumerate(panels.items(), start=1):
        axes = figure.add_subplot(rows, columns, place)
        x = np.asarray(points)[order]
        axes.scatter(
            x[:, 0], x[:, -1], c=classes, cmap=colours, vmin=0, vmax=9.99, s=3,
            linewidths=0, rasterized=True,
        )  # fmt: skip
        axes.set_title(title)
        if ring is not None:
            _draw_ring(axes, ring[0], float(np.abs(x).max()))
    handles = [
        Line2D([], [], marker="o", linestyle="", ms=4, mew=0, color=colours(i % 10))
        for i in range(len(names))
    ]
    if ring is not None:
        handles.append(Line2D([], [], color=INK, ls="--", lw=1))
        names = [*names, ring[1]]
    figure.legend(handles, list(names), loc="outside right center", handletextpad=0.1)
    return settle(figure)


def _draw_ring(axes: Axes, radius: float, furthest: float) -> None:
    """A circle, with the origin in the middle and both axes alike."""
    axes.add_patch(Circle((0, 0), radius, fill=False, color=INK, ls="--", zorder=3))
    reach = 1.05 * max(furthest, radius)
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    axes.locator_params(nbins=5)
