"""Where heads of attention look from one place of an image."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from aejax.report.style import COLOURS, new_figure, picture, settle, styled


@styled()
def attention_maps(
    maps: Mapping[str, NDArray], query: ArrayLike, offsets: NDArray
) -> Figure:
    """Maps of attention side by side, in one scale.

    Args:
      maps: title -> [h, w], in [0, 1].
      query: row and column of the place from which the heads look, drawn as a cross.
      offsets: [heads, 2], rows and columns from there that they are meant to look at,
        drawn as circles.
    """
    figure = new_figure(2.2 * len(maps) - 0.4, 2.2)
    panels = figure.subplots(1, len(maps), squeeze=False)[0]
    place = np.asarray(query)
    (row, column), (rows, columns) = place, (place + offsets).T
    for axes, (title, shown) in zip(panels, maps.items(), strict=True):
        picture(axes, shown, title, cmap="Blues", vmin=0, vmax=1)
        axes.scatter(
            columns, rows, s=50, facecolors="none", edgecolors=COLOURS[1], lw=0.8
        )
        axes.plot(column, row, "x", color=COLOURS[1])
    figure.colorbar(panels[0].images[0], ax=list(panels), label="attention")
    return settle(figure)
