"""Views that are tables, each a block that a section lists; and what all share."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from aejax import stats
from aejax.lab.blocks import phrases
from aejax.lab.results import Among, Condition, Measure, Results
from aejax.report.html import CaptionedFigure
from aejax.report.tables import Cell, Column, Table

View = CaptionedFigure | Table


def scaled(found: stats.Estimate, by: float) -> stats.Estimate:
    """An estimate in displayed units."""
    if by == 1:
        return found
    ends = (found.interval[0] * by, found.interval[1] * by)
    return stats.Estimate(found.mean * by, found.std * by, ends, found.n)


def by_condition(
    results: Results,
    measures: Sequence[Measure],
    caption: str,
    further: Mapping[str, Mapping[str, float]] | None = None,
    head: str = "model",
) -> Table:
    """A table with a row per condition: mean ± standard deviation over seeds.

    Args:
      results: over conditions and seeds.
      measures: the columns.
      caption: what is seen; that these are means is added.
      further: rows below: name -> measure -> value, not scaled yet.
      head: of the first column.
    """
    columns = [Column(head), *(Column(m.label, m.unit, m.format) for m in measures)]
    rows: list[list[Cell]] = [
        [c.label, *(scaled(results.estimate(m, c), m.scale) for m in measures)]
        for c in results.conditions
    ]
    for name, values in (further or {}).items():
        rows.append([name, *(values[m.name] * m.scale for m in measures)])
    return Table(columns, rows, f"{caption} Mean ± standard deviation over seeds.")


@dataclasses.dataclass(frozen=True)
class Summary:
    """A row per condition: mean ± standard deviation over seeds of each measure.

    Attributes:
      measures: the columns.
      among: the conditions, or factors that they have; None for all.
      beside: measure name -> baseline whose value stands in the column after it.
      factors: factor -> column head; the condition's label alone if empty.
      marked: a condition that gets a star.
      ranges: names of measures after which a column shows the smallest and the largest
        value of a seed.
      exact: names of measures that do not depend on the seed: shown without spread, as
        all are of a condition that has one seed.
      note: a sentence for the caption.
      over: "seeds" for ± standard deviation, "interval" for ± half the 95 % interval.
      show_seconds: adds the training time of a member.
      is_headline: whether it is the table of the console.
    """

    measures: Sequence[Measure]
    among: Among = None
    beside: Mapping[str, str] = dataclasses.field(default_factory=dict)
    factors: Mapping[str, str] = dataclasses.field(default_factory=dict)
    marked: Condition | None = None
    ranges: Sequence[str] = ()
    exact: Sequence[str] = ()
    note: str = ""
    show_seconds: bool = False
    is_headline: bool = True

    def views(self, results: Results) -> list[View]:
        """The table."""
        chosen = results.among(self.among)
        heads = [Column(label) for label in self.factors.values()]
        columns = heads or [Column("model")]
        for m in self.measures:
            columns.append(Column(m.label, m.unit, m.format))
            if m.name in self.ranges:
                columns.append(Column("range", m.unit))
            if m.name in self.beside:
                columns.append(Column(f"{self.beside[m.name]}", m.unit, m.format))
        if self.show_seconds:
            columns.append(Column("training", "s", ".1f"))
        lost = results.lost
        if lost:
            columns.append(Column("diverged"))
        rows = [self._row(results, condition, lost) for condition in chosen]
        caption = phrases.summary_caption(
            results.seeds, len(results.data.test.images), self.note
        )
        return [Table(columns, rows, caption, is_headline=self.is_headline)]

    def _row(
        self, results: Results, condition: Condition, lost: Mapping[str, int]
    ) -> list[Cell]:
        star = " *" if condition is self.marked else ""
        row: list[Cell] = [condition.factors.get(f) for f in self.factors]
        row = row or [condition.label + star]
        for m in self.measures:
            found = scaled(results.estimate(m, condition), m.scale)
            is_exact = m.name in self.exact or condition.seeds == 1
            row.append(found.mean if is_exact else found)
            if m.name in self.ranges:
                values = m.scale * results.by_seed(m, [condition])[0]
                row.append(phrases.extent(values, m.format))
            if m.name in self.beside:
                level = results.baseline(self.beside[m.name], m)
                place = results.place(condition)
                row.append(None if level is None else float(level[place]) * m.scale)
        if self.show_seconds and results.seconds is not None:
            taken = results.seconds[results.place(condition)]
            known = taken[~np.isnan(taken)]
            row.append(float(known.mean()) if len(known) else None)
        if lost:
            steps = [s for n, s in lost.items() if n in _names(results, condition)]
            row.append(", ".join(f"step {s:,}" for s in steps))
        return row


def _names(results: Results, condition: Condition) -> set[str]:
    return {condition.member(seed) for seed in range(results.seeds)}


@dataclasses.dataclass(frozen=True)
class Models:
    """A row per model, that is per condition and seed.

    Attributes:
      measures: the columns.
      among: the conditions, or factors that they have; None for all.
      caption: what the table shows.
    """

    measures: Sequence[Measure]
    among: Among = None
    caption: str = "Every model."

    def views(self, results: Results) -> list[View]:
        """The table."""
        columns = [Column("model"), Column("seed")]
        columns += [Column(m.label, m.unit, m.format) for m in self.measures]
        if results.seconds is not None:
            columns.append(Column("training", "s", ".1f"))
        rows = [
            self._row(results, condition, seed)
            for condition in results.among(self.among)
            for seed in range(condition.seeds or results.seeds)
        ]
        return [Table(columns, rows, self.caption)]

    def _row(self, results: Results, condition: Condition, seed: int) -> list[Cell]:
        row: list[Cell] = [condition.label, seed]
        for m in self.measures:
            row.append(float(results.by_seed(m, [condition])[0, seed]) * m.scale)
        if results.seconds is not None:
            row.append(float(results.seconds[results.place(condition), seed]))
        return row


@dataclasses.dataclass(frozen=True)
class Listing:
    """A study's own table.

    Attributes:
      table: as it is.
    """

    table: Table

    def views(self, results: Results) -> list[View]:
        """The table."""
        del results
        return [self.table]
