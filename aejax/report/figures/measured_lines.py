"""What a formula says, and what was measured."""

from collections.abc import Mapping
from itertools import cycle

from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from aejax.report.style import COLOURS, MARKERS, new_figure, settle, styled


@styled()
def measured_lines(
    series: Mapping[str, tuple[ArrayLike, ArrayLike, ArrayLike]],
    xlabel: str,
    ylabel: str,
    title: str = "",
) -> Figure:
    """Lines of the formula with marks of the measurement, on a logarithmic axis.

    Args:
      series: name -> x, what is expected, what was measured.
      xlabel: of the horizontal axis.
      ylabel: of the vertical one.
      title: of the legend.
    """
    figure = new_figure(5.2, 3.2)
    axes = figure.add_subplot()
    kinds = zip(cycle(COLOURS), cycle(MARKERS), series.items(), strict=False)
    for colour, marker, (name, (x, expected, measured)) in kinds:
        axes.plot(x, expected, color=colour, alpha=0.4)
        axes.plot(x, measured, marker, color=colour, label=name)
    axes.set(xlabel=xlabel, ylabel=ylabel, yscale="log")
    axes.legend(title=title)
    return settle(figure)
