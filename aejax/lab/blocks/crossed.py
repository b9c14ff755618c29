"""Views of designs that cross two factors, such as methods and numbers of labels."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from aejax import stats
from aejax.lab.blocks import phrases
from aejax.lab.blocks.views import View, scaled
from aejax.lab.results import Measure, Results
from aejax.report import figures
from aejax.report.html import CaptionedFigure
from aejax.report.tables import MINUS, Cell, Column, Table


@dataclasses.dataclass(frozen=True)
class Crossed:
    """One measure, a row per value of a factor, a column per value of another.

    Attributes:
      measure: mean ± standard deviation over seeds of each condition.
      rows, columns: the factors.
      names: value of the rows' factor -> what stands in the table.
      heads: value of the columns' factor -> head of its column.
      note: a sentence for the caption.
      is_headline: whether it is the table of the console.
    """

    measure: Measure
    rows: str
    columns: str
    names: Mapping[Any, str] = dataclasses.field(default_factory=dict)
    heads: Mapping[Any, str] = dataclasses.field(default_factory=dict)
    note: str = ""
    is_headline: bool = False

    def views(self, results: Results) -> list[View]:
        """The table."""
        m = self.measure
        known = {(c[self.rows], c[self.columns]): c for c in results.conditions}
        across = sorted({c[self.columns] for c in results.conditions})
        named = {value: f"{value} {self.columns}" for value in across}
        named |= self.heads
        heads = [Column(named[value], "", m.format) for value in across]
        rows: list[list[Cell]] = []
        for kind in dict.fromkeys(c[self.rows] for c in results.conditions):
            own = [known.get((kind, value)) for value in across]
            cells = [
                None if c is None else scaled(results.estimate(m, c), m.scale)
                for c in own
            ]
            rows.append([self.names.get(kind, str(kind)), *cells])
        tests = len(results.data.test.images)
        caption = phrases.summary_caption(results.seeds, tests, self.note)
        columns = [Column(m.head), *heads]
        return [Table(columns, rows, caption, is_headline=self.is_headline)]


@dataclasses.dataclass(frozen=True)
class Differences:
    """A paired difference of two values of a factor, against another factor.

    Attributes:
      measure: of which the difference is taken.
      factor: that has both values.
      of, against: the values; the difference is of - against.
      x: the other factor.
      label: of the other factor.
      names: value of the factor -> its name.
      name: of the figure's files.
    """

    measure: Measure
    factor: str
    of: Any
    against: Any
    x: str
    label: str = ""
    names: Mapping[Any, str] = dataclasses.field(default_factory=dict)
    name: str = "differences"

    def views(self, results: Results) -> list[View]:
        """The figure, and a table with the fraction of pairs that is higher."""
        m = self.measure
        sizes = sorted({c[self.x] for c in results.where(**{self.factor: self.of})})
        found = [m.scale * self._difference(results, size) for size in sizes]
        first, second = (self.names.get(v, str(v)) for v in (self.of, self.against))
        unit = phrases.unit_of_difference(m.unit)
        title, factor = f"{first} {MINUS} {second}", self.label or self.x
        panel = figures.Panel(
            f"difference in {m.label} [{unit}]" if unit else f"difference in {m.label}",
            {title: np.stack([one.mean(1) for one in found], 1)},
            {"no difference": 0.0},
            intervals=True,
        )
        drawing = figures.against_panels(sizes, [panel], xlabel=factor)
        units = results.unit or "seeds"
        columns = [
            Column(factor),
            Column(title, unit, m.format),
            Column(f"{units} in which it is above 0", "%", ".0f"),
        ]
        rows: list[list[Cell]] = [
            [size, stats.estimate(one.mean(1)), 100 * float((one > 0).mean())]
            for size, one in zip(sizes, found, strict=True)
        ]
        caption = phrases.differences_caption(m.label, title, results.seeds)
        return [
            CaptionedFigure(drawing, self.name, caption),
            Table(columns, rows, phrases.differences_caption(m.label, title, 1)),
        ]

    def _difference(self, results: Results, size: Any) -> np.ndarray:
        """Of each seed and unit: [seeds, units]."""
        first, second = (
            results.of(self.measure, results.find(**{self.factor: value, self.x: size}))
            for value in (self.of, self.against)
        )
        difference = first - second
        return difference.reshape(len(difference), -1)
