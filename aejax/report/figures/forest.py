"""Means with their intervals, one row per method."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from aejax.report.style import COLOURS, new_figure, settle, styled
from aejax.stats import Estimate


@dataclass(frozen=True)
class Panel:
    """One measure of several methods.

    Attributes:
      xlabel: name and unit of the measure.
      spreads: label -> mean with its 95 % interval; every panel has equal labels.
      title: above the panel, such as which direction is better.
      from_zero: the axis begins at zero, with a bar from there.
    """

    xlabel: str
    spreads: Mapping[str, Estimate]
    title: str = ""
    from_zero: bool = False


@styled()
def forest(panels: Sequence[Panel], colours: Sequence[int] | None = None) -> Figure:
    """Means and 95 % intervals of several measures, methods as rows.

    Args:
      panels: the measures, side by side, three a row.
      colours: number of a colour for each method; one colour if not given.
    """
    labels = list(panels[0].spreads)
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    width = 1.3 + (3.6 if columns == 1 else 2.3 * columns)
    figure = new_figure(width, rows * (0.75 + 0.27 * len(labels)))
    for place, panel in enumerate(panels):
        axes = figure.add_subplot(rows, columns, place + 1)
        for row, label in enumerate(labels):
            found = panel.spreads[label]
            colour = COLOURS[colours[row] % len(COLOURS)] if colours else COLOURS[0]
            (low, high), reach = found.interval, None
            if not math.isnan(found.half_width):
                reach = [[found.mean - low], [high - found.mean]]
            axes.errorbar(found.mean, row, xerr=reach, fmt="o", color=colour, capsize=3)
            if panel.from_zero:
                axes.barh(row, found.mean, 0.6, color=colour, alpha=0.35)
        is_first = place % columns == 0
        axes.set_yticks(range(len(labels)), labels if is_first else [])
        axes.set_ylim(len(labels) - 0.5, -0.5)
        axes.set(xlabel=panel.xlabel, title=panel.title)
        axes.margins(x=0.1)
        if panel.from_zero:
            axes.set_xlim(left=0)
    return settle(figure)
