"""Which classes are taken for which."""

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from aejax.report.style import INK, new_figure, settle, styled, without_frame

# Beyond this fraction of the darkest colour, numbers are white.
_DARK = 0.6


@styled()
def confusion(counts: ArrayLike, names: Sequence[str], *, title: str = "") -> Figure:
    """A confusion matrix: percent of each class (rows) by predicted class (columns).

    Colours show mistakes alone: the diagonal, far greater, is grey.

    Args:
      counts: [classes, classes] examples, [class, predicted class].
      names: of the classes.
      title: above the matrix.

    Raises:
      ValueError: the counts are not square, with a name for each class.
    """
    table = np.asarray(counts, np.float64)
    if table.shape != (len(names), len(names)):
        raise ValueError(f"counts {table.shape} of {len(names)} classes")
    percent = 100 * table / np.maximum(table.sum(1, keepdims=True), 1)
    diagonal = np.eye(len(names), dtype=bool)
    figure = new_figure(1.6 + 0.42 * len(names), 1.2 + 0.38 * len(names))
    axes = figure.add_subplot()
    mistakes = np.ma.masked_array(percent, diagonal)
    colours = matplotlib.colormaps["Reds"].with_extremes(bad="#e8e8e8")
    image = axes.imshow(mistakes, cmap=colours, vmin=0, aspect="auto")
    for (row, column), value in np.ndenumerate(percent):
        is_dark = not diagonal[row, column] and value > _DARK * mistakes.max()
        axes.text(
            column, row, f"{value:.1f}", ha="center", va="center", fontsize=7.5,
            color="white" if is_dark else INK,
        )  # fmt: skip
    places = range(len(names))
    is_long = max(map(len, names)) > 3
    axes.set_xticks(places, names, rotation=45 if is_long else 0)
    axes.set_yticks(places, names)
    axes.set(xlabel="predicted class", ylabel="class", title=title)
    without_frame(axes)
    bar = figure.colorbar(image, ax=axes, fraction=0.05, shrink=0.9)
    bar.ax.set_title("%")
    return settle(figure)
