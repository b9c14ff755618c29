"""One look for all figures, and files that are equal byte for byte.

Figures are explicit `matplotlib.figure.Figure` objects: no pyplot, no window, no
figure kept in a registry. The style is in force only inside `styled()`.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.textpath import TextPath
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from aejax.lab.run.files import write_atomically

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe & Ito's palette, distinguishable with every kind of colour vision."""

MARKERS = ("o", "s", "^", "D", "v", "P")
"""One marker per colour, for print in black and white."""

INK = "#262626"
"""Text and axes."""

QUIET = "#6e6e6e"
"""References and second-rank text."""

ABSENT = "#c4c4c4"
"""What has no value, such as an inactive unit."""

_RC: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": INK,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 10,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 10,
    "figure.constrained_layout.h_pad": 0.07,
    "figure.constrained_layout.w_pad": 0.06,
    "figure.facecolor": "white",
    "font.family": ["DejaVu Sans"],
    "font.size": 10,
    "grid.color": "#dedede",
    "grid.linewidth": 0.6,
    "legend.fontsize": 9.5,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "lines.markersize": 5,
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "aejax",
    "text.color": INK,
    "xtick.color": INK,
    "xtick.labelsize": 9,
    "ytick.color": INK,
    "ytick.labelsize": 9,
}

_PNG_DPI = 160


@contextmanager
def styled() -> Iterator[None]:
    """The style, from matplotlib's own defaults, until the block ends."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_RC)
        yield


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of a size in inches with constrained layout."""
    return Figure(figsize=(width, height), layout="constrained")


def palette(n: int) -> list[str]:
    """The first n colours; for more than there are, a scale from dark to light."""
    if n <= len(COLOURS):
        return list(COLOURS[:n])
    scale = matplotlib.colormaps["viridis"]
    return [to_hex(scale(0.85 * index / (n - 1))) for index in range(n)]


def shared_legend(figure: Figure) -> None:
    """One legend outside all axes: each label once, references last.

    A single label needs no legend.
    """
    entries: dict[str, Artist] = {}
    references: dict[str, Artist] = {}
    for axes in figure.axes:
        handles, labels = axes.get_legend_handles_labels()
        for label, handle in zip(labels, handles, strict=True):
            measured = not isinstance(handle, Line2D) or handle.get_color() != QUIET
            (entries if measured else references)[label] = handle
    entries.update(references)
    if len(entries) < 2:
        return
    handles, labels = list(entries.values()), list(entries)
    if len(entries) > 4:
        figure.legend(handles, labels, loc="outside right center")
    else:
        wide = float(figure.get_figwidth())
        figure.legend(
            handles, labels, loc="outside lower center", ncols=_fitting(labels, wide)
        )


def width_of(text: str, size: str = "ytick.labelsize") -> float:
    """Width of a text in inches, in the size of such texts, with room for hinting."""
    settings: Any = matplotlib.rcParams
    drawn = TextPath((0, 0), text or " ", size=settings[size])
    return float(drawn.get_extents().width / 72 * 1.06)


def _fitting(labels: Sequence[str], width: float) -> int:
    """Columns of a legend that fit beside each other within a width in inches."""
    beside = 5 * matplotlib.rcParams["legend.fontsize"] / 72  # handle and gaps
    widths = [width_of(label, "legend.fontsize") + beside for label in labels]
    for count in range(len(labels), 1, -1):
        rows = -(-len(labels) // count)  # Legends are filled column by column.
        columns = [widths[i : i + rows] for i in range(0, len(labels), rows)]
        if sum(map(max, columns)) <= width:
            return count
    return 1


def settle(figure: Figure) -> Figure:
    """Lays a finished figure out, once: every rendering after that is alike.

    Constrained layout would move things a little with every drawing.
    """
    figure.draw_without_rendering()
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure


def logarithmic(axes: Axes) -> None:
    """Makes the y axis logarithmic, with ticks as plain numbers (0.02, 0.05).

    To be called when the data are drawn: the ticks follow their range. Without
    a positive value the axis stays linear.
    """
    if not math.isfinite(axes.dataLim.minposy):
        return
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    decades = math.log10(high / low)
    every = (1, 2, 3, 4, 6, 8) if decades < 0.9 else (1, 2, 5) if decades < 2 else (1,)
    axes.yaxis.set_major_locator(LogLocator(subs=every))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(LogLocator(subs=range(1, 10)))
    axes.yaxis.set_minor_formatter(NullFormatter())


def without_frame(axes: Axes) -> None:
    """Takes grid, ticks and frame off axes that show a picture."""
    axes.grid(False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def picture(axes: Axes, image: Any, title: str = "", **how: Any) -> None:
    """Shows an image, its pixels as they are, without ticks and frame.

    Args:
      axes: where.
      image: [h, w] or [h, w, 3].
      title: above it.
      how: of `Axes.imshow`; grey from 0 to 1 if nothing is said.
    """
    how = how or {"cmap": "gray", "vmin": 0, "vmax": 1}
    axes.imshow(image, interpolation="none", **how)
    axes.set(title=title, xticks=[], yticks=[])
    without_frame(axes)


def numbers(axes: Axes, image: Any, title: str = "", spec: str = ".0f") -> None:
    """Shows a small matrix [h, w] of positive numbers, each written into its cell."""
    values = np.asarray(image)
    picture(axes, values, title, cmap="Blues", vmin=0, vmax=2 * values.max())
    for (row, column), value in np.ndenumerate(values):
        how: Any = {"ha": "center", "va": "center", "fontsize": 8}
        axes.text(column, row, format(value, spec), **how)


KINDS: tuple[Literal["png", "svg"], ...] = ("png", "svg")
"""Of the files of a figure."""


def render(figure: Figure, kind: Literal["png", "svg"]) -> bytes:
    """A figure as the bytes of a PNG (160 dpi) or SVG file.

    Text in the SVG is drawn as paths, so it looks alike where fonts differ. No
    date is written and ids are salted with a constant: equal figures give equal
    bytes.

    Args:
      figure: the figure.
      kind: the format.
    """
    buffer = BytesIO()
    metadata = {"Date": None} if kind == "svg" else {}
    with styled():
        figure.savefig(buffer, format=kind, dpi=_PNG_DPI, metadata=metadata)
    return buffer.getvalue()


def save(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Writes `name.png` and `name.svg`, each atomically.

    Args:
      figure: the figure.
      folder: where; made if it is not there.
      name: file name without its ending.

    Returns:
      The two paths.
    """
    return [
        write_atomically(folder / f"{name}.{kind}", render(figure, kind))
        for kind in KINDS
    ]
