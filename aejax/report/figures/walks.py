"""Traversals: a row of images for each coordinate that alone changes."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from aejax.report.style import new_figure, picture, settle, styled


@styled()
def traversals(
    walks: Mapping[str, NDArray],
    reach: float = 2.0,
    names: Mapping[str, Sequence[str]] | None = None,
) -> Figure:
    """Panels side by side; rows are coordinates, columns their values.

    Args:
      walks: title -> images [coordinates, steps, h, w, 1] in [0, 1].
      reach: the value at the right end; that at the left is minus it.
      names: title -> of each row; their numbers if None.
    """
    figure = new_figure(4.2 * len(walks), 3.4)
    panels = figure.subplots(1, len(walks), squeeze=False)[0]
    for axes, (title, walk) in zip(panels, walks.items(), strict=True):
        framed = np.pad(
            walk[..., 0], [(0, 0), (0, 0), (1, 0), (1, 0)], constant_values=0.5
        )
        picture(axes, np.concatenate(np.concatenate(framed.swapaxes(0, 1), 2)), title)
        rows, columns, side = framed.shape[:3]
        words = names[title] if names else [str(i + 1) for i in range(rows)]
        axes.set_yticks(side * (np.arange(rows) + 0.5), words)
        ends = side * (np.array([0, columns // 2, columns - 1]) + 0.5)
        axes.set_xticks(ends, [f"−{reach:g}", "0", f"{reach:g}"])
        axes.set(xlabel="value")
    if not names:
        panels[0].set_ylabel("coordinate")
    return settle(figure)
