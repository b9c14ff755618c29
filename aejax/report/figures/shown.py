"""The values that a figure shows, read from the figure itself, for its CSV file."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator
from numpy.typing import ArrayLike, NDArray


def values(figure: Figure) -> dict[str, NDArray]:
    """A row per point, bar or pixel: panel, series, at, x, y and value.

    Panels are named by their title, or else by what their axes show; series by
    their label; `at` is the nearest tick of an axis whose ticks are words. `value` is
    the brightness of a pixel, what colours a point, and half the length of an error
    bar; nan of what has none. Lines across a whole panel (axhline) are left out.

    Args:
      figure: as drawn.
    """
    rows: list[tuple] = []
    for i, axes in enumerate(figure.axes):
        both = filter(None, (axes.get_ylabel(), axes.get_xlabel()))
        words = axes.get_title() or ", ".join(both) or f"{i + 1}"
        panel, nearest = " ".join(words.split()), _ticks(axes)
        for series, x, y, value in _series(axes):
            x, y, value = np.broadcast_arrays(*map(_floats, (x, y, value)))
            rows += [
                (panel, series, nearest(*one[:2]), *one)
                for one in zip(x.ravel(), y.ravel(), value.ravel(), strict=True)
            ]
    heads = ("panel", "series", "at", "x", "y", "value")
    columns = list(zip(*rows, strict=True)) or [()] * len(heads)
    return {head: np.array(c) for head, c in zip(heads, columns, strict=True)}


def _series(axes: Axes) -> Iterator[tuple[str, ArrayLike, ArrayLike, ArrayLike]]:
    parts = set()
    for container in axes.containers:
        label = _words(container.get_label())
        if isinstance(container, BarContainer):
            parts |= {id(patch) for patch in container}
            for bar in container:
                yield label, bar.get_x() + bar.get_width() / 2, bar.get_height(), np.nan
        elif isinstance(container, ErrorbarContainer) and container[0] is not None:
            parts |= {id(container[0]), *map(id, container[1])}
            yield label, *container[0].get_data(), _half(container)
    for line in axes.get_lines():
        if id(line) not in parts and line.get_transform() == axes.transData:
            yield _words(line.get_label()), *line.get_data(), np.nan
    for marks in axes.collections:
        if isinstance(marks, PathCollection):
            points = np.ma.filled(np.asarray(marks.get_offsets()), np.nan)
            coloured = marks.get_array()
            value = np.nan if coloured is None else coloured
            yield _words(marks.get_label()), points[:, 0], points[:, 1], value
    for image in axes.get_images():
        shown = np.asarray(image.get_array(), float)
        grey = shown if shown.ndim == 2 else shown[..., :3].mean(-1)
        y, x = np.indices(grey.shape)
        yield "image", x, y, grey


def _ticks(axes: Axes) -> Callable[[float, float], str]:
    """x, y to the words of the nearest tick, of the y axis if that has words."""
    for place, axis in ((1, axes.yaxis), (0, axes.xaxis)):
        if isinstance(axis.get_major_locator(), FixedLocator):
            ticks = np.asarray(axis.get_majorticklocs(), float)
            names = axis.get_major_formatter().format_ticks(list(ticks))
            if not all(map(_is_number, names)):
                return partial(_nearest, ticks, names, place)
    return lambda *at: ""


def _nearest(ticks: NDArray, names: Sequence[str], place: int, *at: float) -> str:
    return names[int(np.abs(ticks - at[place]).argmin())]


def _is_number(name: str) -> bool:
    try:
        float(name.replace("−", "-") or 0)
    except ValueError:
        return False
    return True


def _half(container: ErrorbarContainer) -> ArrayLike:
    """Half the length of each bar, of the vertical ones where there are both."""
    _, _, bars = container
    if not bars:
        return np.nan
    along = int(container.has_yerr)
    return [np.ptp(segment[:, along]) / 2 for segment in bars[-1].get_segments()]


def _floats(x: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(x, np.float64)


def _words(label: object) -> str:
    """The label of a series; empty where matplotlib made it up."""
    return "" if str(label).startswith("_") else " ".join(str(label).split())
