"""A measure against seed and condition: every model."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from aejax.lab.results import Condition, Measure, Results
from aejax.report.style import (
    COLOURS,
    INK,
    QUIET,
    new_figure,
    palette,
    settle,
    shared_legend,
    styled,
)

Groups = Mapping[str, Sequence[Condition]]
"""Word for a factor -> the conditions that differ in it."""


@styled()
def points(results: Results, measure: Measure, groups: Groups, factor: str) -> Figure:
    """A panel for each group: the seeds of a condition side by side, and their mean.

    Args:
      results: over conditions and seeds.
      measure: that is drawn.
      groups: title of each panel and its conditions.
      factor: whose value names a condition.
    """
    figure = new_figure(7.6, 3.1)
    panels = figure.subplots(1, len(groups), sharey=True, squeeze=False)[0]
    beside = np.linspace(-0.3, 0.3, results.seeds) if results.seeds > 1 else [0.0]
    for axes, (title, among) in zip(panels, groups.items(), strict=True):
        values = measure.scale * results.by_seed(measure, among)
        places = np.arange(len(among))
        axes.hlines(values.mean(1), places - 0.38, places + 0.38, QUIET, linewidth=3)
        looks = zip(beside, values.T, palette(results.seeds), strict=True)
        for seed, (aside, own, colour) in enumerate(looks):
            label = f"seed {seed}"
            axes.scatter(places + aside, own, 24, colour, zorder=3, label=label)
        axes.set_xticks(places, [f"{c[factor]:g}" for c in among])
        axes.set(xlabel=title)
    drawn = measure.scale * results.by_seed(measure)
    panels[0].set(ylabel=measure.head, ylim=(min(0, np.nanmin(drawn)), None))
    shared_legend(figure)
    return settle(figure)


@styled()
def rows(
    results: Results,
    measure: Measure,
    among: Sequence[Condition],
    known: Mapping[str, float],
    word: str = "seed",
) -> Figure:
    """A row for each condition: the value of every seed, the mean, what is published.

    Args:
      results: over conditions and seeds.
      measure: that is drawn.
      among: the conditions, from the top.
      known: name of a condition -> its published value, in displayed units.
      word: for a seed.
    """
    figure = new_figure(7.0, 0.9 + 0.36 * len(among))
    axes = figure.add_subplot()
    places = np.arange(len(among))[::-1]
    for place, condition in zip(places, among, strict=True):
        values = measure.scale * results.by_seed(measure, [condition])[0]
        marks: list[tuple] = [(values, "o", f"a {word}", {"alpha": 0.5})]
        marks.append((values.mean(), "|", "mean", {"color": INK, "ms": 16, "mew": 2}))
        if condition.name in known:
            star = {"color": COLOURS[1], "ms": 11}
            marks.append((known[condition.name], "*", "published", star))
        for x, marker, label, look in marks:
            look = {"color": COLOURS[0], "label": label, **look}
            axes.plot(x, np.full(np.size(x), place), marker, **look)
    axes.set_yticks(places, [c.label for c in among])
    axes.set(xlabel=measure.head, xlim=(0, None), ylim=(-0.6, len(among) - 0.4))
    shared_legend(figure)
    return settle(figure)
