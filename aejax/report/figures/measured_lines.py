"""What a formula says, and what was measured."""

from collections.abc import Mapping
from itertools import cycle

from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from aejax.report.style import COLOURS, MARKERS, logarithmic, new_figure, settle, styled


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
    figure = new_figure(6.0, 3.0)
    axes = figure.add_subplot()
    kinds = zip(cycle(COLOURS), cycle(MARKERS), series.items(), strict=False)
    for colour, marker, (name, (x, expected, measured)) in kinds:
        axes.plot(x, expected, color=colour, alpha=0.4)
        axes.plot(x, measured, marker, color=colour, label=name)
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.locator_params(axis="x", integer=True)
    logarithmic(axes)
    axes.legend(title=title, loc="center left", bbox_to_anchor=(1, 0.5))
    return settle(figure)
