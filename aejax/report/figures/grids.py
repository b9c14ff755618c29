"""Images side by side: correlation matrices and rows of reconstructions."""

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from aejax.report.style import (
    ABSENT,
    new_figure,
    settle,
    styled,
    width_of,
    without_frame,
)

_MATRICES_PER_ROW = 4
_MATRIX_SIDE = 1.5
_SHEET_WIDTH, _SHEET_HEAD = 6.0, 0.25


@styled()
def correlation_matrices(
    matrices: Sequence[ArrayLike],
    titles: Sequence[str],
    *,
    limit: float = 1.0,
    absolute: bool = False,
) -> Figure:
    """Correlation matrices of any sizes as heat maps of one scale.

    Blue is negative, white zero, red positive; a coordinate without values (nan:
    inactive) is grey. Only the first and the last coordinate are numbered.

    Args:
      matrices: each [d, d] in [-1, 1], d may differ.
      titles: one for each, of one or two lines.
      limit: |r| of the darkest colour; beyond it the colour stays.
      absolute: show |r|.

    Raises:
      ValueError: if there are not as many titles as matrices.
    """
    if len(matrices) != len(titles) or not matrices:
        raise ValueError(f"{len(matrices)} matrices and {len(titles)} titles")
    rows = -(-len(matrices) // _MATRICES_PER_ROW)
    columns = -(-len(matrices) // rows)
    lines = 1 + max(title.count("\n") for title in titles)
    height = _MATRIX_SIDE + 0.16 * lines
    figure = new_figure(_MATRIX_SIDE * columns + 0.7, height * rows)
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat[len(matrices) :]:
        axes.set_visible(False)
    colours = matplotlib.colormaps["Reds" if absolute else "RdBu_r"]
    for axes, matrix, title in zip(grid.flat, matrices, titles, strict=False):
        shown = np.abs(matrix) if absolute else np.asarray(matrix)
        image = axes.imshow(
            shown,
            cmap=colours.with_extremes(bad=ABSENT),
            vmin=0 if absolute else -limit,
            vmax=limit,
            interpolation="none",
        )
        axes.set_title(title)
        _number_ends(axes, len(shown))
    bar = figure.colorbar(
        image,
        ax=grid,
        extend="neither" if limit >= 1 else "max" if absolute else "both",
        aspect=12 * rows,
        fraction=0.05,
        shrink=0.9,
    )
    bar.ax.set_title("|r|" if absolute else "r")
    return settle(figure)


@styled()
def reconstructions(originals: ArrayLike, rows: Mapping[str, ArrayLike]) -> Figure:
    """Originals above their reconstructions, one labelled row per model.

    Pixels are drawn as they are, without interpolation.

    Args:
      originals: [n, h, w, c] (c of 1 or 3) or [n, h, w] images in [0, 1];
        values beyond are clipped.
      rows: label -> [n, ...] images of the same shape.

    Raises:
      ValueError: if a row is of another shape than the originals.
    """
    return sheet([("original", originals), *rows.items()])


@styled()
def sheet(
    rows: Sequence[tuple[str, ArrayLike]], block: int = 0, columns: Sequence[str] = ()
) -> Figure:
    """Rows of images, each with its label.

    Pixels are drawn as they are, without interpolation.

    Args:
      rows: label and [n, h, w, c] (c of 1 or 3) or [n, h, w] images in [0, 1],
        all of one shape; values beyond are clipped. Labels may repeat.
      block: rows that belong together, with a gap after them; 0 for no gaps.
      columns: heads of the n columns, if any.

    Raises:
      ValueError: if a row is of another shape than the first one.
    """
    names, strips_of = zip(*rows, strict=True)
    shape = np.shape(strips_of[0])
    for name, images in rows:
        if np.shape(images) != shape:
            raise ValueError(f"row {name!r}: {np.shape(images)}, {names[0]}: {shape}")
    strips = [_strip(images) for images in strips_of]
    height = len(strips[0])
    if block:
        ends = range(block - 1, len(strips) - 1, block)
        gap = [(0, height // 3), *[(0, 0)] * (strips[0].ndim - 1)]
        for end in ends:
            strips[end] = np.pad(strips[end], gap, constant_values=1)
    whole = np.concatenate(strips)
    tops = np.cumsum([0, *map(len, strips[:-1])])
    labels = 0.15 + max(map(width_of, names))
    tall = _SHEET_WIDTH * whole.shape[0] / whole.shape[1]
    size = (labels + _SHEET_WIDTH, tall + (_SHEET_HEAD if columns else 0))
    figure = Figure(figsize=size)
    share = (_SHEET_WIDTH / size[0], tall / size[1])
    axes = figure.add_axes((labels / size[0], 0, *share))
    axes.imshow(whole, interpolation="none", cmap="gray", vmin=0, vmax=1)
    axes.set_yticks(tops + (height - 1) / 2, names)
    wide = whole.shape[1] / shape[0]
    places = wide * (np.arange(len(columns)) + 0.5)
    axes.xaxis.tick_top()
    axes.set_xticks(places, columns)
    without_frame(axes)
    return figure


def _strip(images: ArrayLike) -> NDArray[np.float64]:
    """[n, h, w, c] images as one white-edged row [h + gaps, width, c]."""
    pixels = np.clip(np.asarray(images, np.float64), 0, 1)
    if pixels.ndim == 3:
        pixels = pixels[..., None]
    gap = max(1, pixels.shape[1] // 14)
    edges = ((0, 0), (0, gap), (0, gap), (0, 0))
    framed = np.pad(pixels, edges, constant_values=1)
    row = np.concatenate(list(framed), axis=1)
    return row[..., 0] if row.shape[-1] == 1 else row


def _number_ends(axes: Axes, size: int) -> None:
    ends = sorted({0, size - 1})
    names = [str(end + 1) for end in ends]
    axes.set_xticks(ends, names)
    axes.set_yticks(ends, names)
    without_frame(axes)
