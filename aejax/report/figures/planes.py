"""Images that a decoder draws over a plane of codes."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from aejax.report.style import new_figure, settle, styled, without_frame

_PER_ROW = 3
_SIDE, _SIDE_ALONE = 2.5, 4.5
_TINT = np.array([213, 94, 0]) / 255
_TINT_WEIGHT = 0.45


@styled()
def decoded_planes(
    panels: Mapping[str, NDArray], tinted: Mapping[str, NDArray]
) -> Figure:
    """Images of a square grid of codes, one sheet per model.

    Args:
      panels: title -> [side * side, h, w, c] images in [0, 1], row after row.
      tinted: title -> bool [side * side], cells that are drawn in orange.
    """
    columns = min(_PER_ROW, len(panels))
    rows = -(-len(panels) // columns)
    side = _SIDE if len(panels) > 1 else _SIDE_ALONE
    figure = new_figure(side * columns, (side + 0.2) * rows)
    for place, (title, images) in enumerate(panels.items(), start=1):
        axes = figure.add_subplot(rows, columns, place)
        axes.imshow(_sheet(images, tinted[title]), interpolation="none")
        axes.set(title=title, xticks=[], yticks=[])
        without_frame(axes)
    return settle(figure)


def _sheet(images: NDArray, tinted: NDArray) -> NDArray[np.float64]:
    """Images in a square as one [side * h, side * w, 3]."""
    n, height, width, _ = images.shape
    side = round(n**0.5)
    colour = np.broadcast_to(np.clip(images, 0, 1), (n, height, width, 3))
    weight = np.where(tinted, _TINT_WEIGHT, 0)[:, None, None, None]
    mixed = (1 - weight) * colour + weight * _TINT
    rows = mixed.reshape(side, side, height, width, 3).transpose(0, 2, 1, 3, 4)
    return np.asarray(rows.reshape(side * height, side * width, 3), np.float64)
