"""A table whose cells are rows of small images."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from aejax.report.style import new_figure, picture, settle, styled


@styled()
def strips(rows: Sequence[Sequence[tuple[str, NDArray]]]) -> Figure:
    """Cells side by side and below each other, each with its title.

    Args:
      rows: of cells, title and images [n, h, w, 1] in [0, 1], of one shape; a row may
        be shorter than others.
    """
    columns = max(map(len, rows))
    height, width = _strip(rows[0][0][1]).shape
    cell = 7.6 / columns
    figure = new_figure(7.6, len(rows) * (cell * height / width + 0.5))
    grid = figure.subplots(len(rows), columns, squeeze=False)
    for line, row in zip(grid, rows, strict=True):
        for axes, (title, images) in zip(line, row, strict=False):
            picture(axes, _strip(images), title)
            axes.title.set_fontsize(8)
        for axes in line[len(row) :]:
            axes.set_visible(False)
    return settle(figure)


def _strip(images: NDArray) -> NDArray:
    """[n, h, w, 1] side by side, with a white line after each."""
    framed = np.pad(images[..., 0], [(0, 0), (0, 0), (0, 1)], constant_values=1)
    return np.concatenate(list(framed), 1)
