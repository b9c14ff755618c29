"""Answers at every position: maps of classes, and curves."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from aejax.report.style import COLOURS, QUIET, new_figure, picture, settle, styled


@styled()
def predictions(
    image: tuple[str, NDArray],
    maps: Mapping[str, NDArray],
    curves: Mapping[str, Mapping[str, NDArray]],
) -> Figure:
    """An image beside maps of its pixels' classes, and panels of curves below.

    Args:
      image: title and [h, w] in [0, 1].
      maps: title -> int [h, w], true classes first; below 0 there is none.
      curves: title of a panel -> name -> [t], what is true first.
    """
    figure = new_figure(7.6, 2.0 + 1.9 * len(curves))
    top, *others = np.ravel(np.asarray(figure.subfigures(1 + len(curves), 1)))
    first, *panels = top.subplots(1, 1 + len(maps))
    picture(first, image[1], image[0])
    known = next(iter(maps.values())) >= 0
    for axes, (title, classes) in zip(panels, maps.items(), strict=True):
        shown = np.where(known, classes, np.nan)
        picture(axes, shown, title, cmap="tab10", vmin=0, vmax=9)
    for part, (title, series) in zip(others, curves.items(), strict=True):
        axes = part.subplots()
        (true, values), *made = series.items()
        axes.plot(values, color=QUIET, lw=4, alpha=0.4, label=true)
        for colour, (name, line) in zip(COLOURS, made, strict=False):
            axes.plot(line, color=colour, lw=1.2, label=name)
        axes.set_title(title)
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return settle(figure)
