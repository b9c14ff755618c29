"""Means with their intervals, one row per method."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from aejax.metrics.summary import Spread
from aejax.report.style import COLOURS, new_figure, settle, styled


@dataclass(frozen=True)
class Ranges:
    """One measure of several methods.

    Attributes:
      xlabel: name and unit of the measure.
      spreads: label -> mean with its 95 % interval; every panel has equal labels.
      title: above the panel, such as which direction is better.
    """

    xlabel: str
    spreads: Mapping[str, Spread]
    title: str = ""


@styled()
def ranges(panels: Sequence[Ranges], colours: Sequence[int] | None = None) -> Figure:
    """Means and 95 % intervals of several measures, methods as rows.

    Args:
      panels: the measures, side by side, three a row.
      colours: number of a colour for each method; one colour if not given.
    """
    labels = list(panels[0].spreads)
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure = new_figure(1.3 + 2.3 * columns, rows * (0.75 + 0.27 * len(labels)))
    for place, panel in enumerate(panels):
        axes = figure.add_subplot(rows, columns, place + 1)
        for row, label in enumerate(labels):
            found = panel.spreads[label]
            colour = COLOURS[colours[row] % len(COLOURS)] if colours else COLOURS[0]
            axes.errorbar(
                found.mean, row, xerr=found.half_width, fmt="o", color=colour, capsize=3
            )
        is_first = place % columns == 0
        axes.set_yticks(range(len(labels)), labels if is_first else [])
        axes.set_ylim(len(labels) - 0.5, -0.5)
        axes.set(xlabel=panel.xlabel, title=panel.title)
        axes.margins(x=0.1)
    return settle(figure)
