"""What must hold of an answer: facts, and claims over seeds with their outcomes."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from aejax import stats
from aejax.lab.blocks import phrases
from aejax.lab.blocks.claim import Claim, ClaimBlock
from aejax.lab.blocks.comparisons import Beats, Versus
from aejax.lab.design import Condition, Measure
from aejax.lab.results import Results
from aejax.report.lessons import Verdict
from aejax.report.tables import interval, number


@dataclasses.dataclass(frozen=True)
class Check:
    """A fact that must hold, without chance: a number within bounds.

    Attributes:
      statement: what is claimed.
      value: the number that decides; nan never holds.
      most: the largest value that is allowed.
      least: the smallest one.
      format: of numbers.
      unit: of the value.
    """

    statement: str
    value: Any
    most: float = math.inf
    least: float = -math.inf
    format: str = ".3g"
    unit: str = ""

    def verdict(self) -> Verdict:
        """Whether it holds."""
        value = float(self.value)
        unit = _spaced(self.unit)
        return Verdict(
            self.statement,
            number(value, self.format) + unit,
            self._bounds() + unit,
            bool(self.least <= value <= self.most),
        )

    def _bounds(self) -> str:
        low, high = (number(v, self.format) for v in (self.least, self.most))
        if self.least == self.most:
            return f"= {high}"
        if math.isinf(self.least):
            return f"≤ {high}"
        return f"≥ {low}" if math.isinf(self.most) else f"{low} to {high}"


@dataclasses.dataclass(frozen=True)
class Expect:
    """A claim over seeds and the outcome that it must have.

    Attributes:
      results: over conditions and seeds.
      block: `Versus`, `Trend`, `Beats` ...; its first claim counts.
      outcome: such as "lower", "higher", "increasing"; the words in brackets of a
        measure with a better side need not be given.
      statement: what is claimed; the block's own words if empty.
    """

    results: Results
    block: ClaimBlock
    outcome: str
    statement: str = ""

    def claim(self) -> Claim:
        """The claim of the block.

        Raises:
          ValueError: it makes none of these results.
        """
        found = self.block.claims(self.results)
        if not found:
            raise ValueError(f"{self.block} claims nothing of these results")
        return found[0]

    def verdict(self, adjusted: float) -> Verdict:
        """Whether it has the outcome, by a p-value that was adjusted."""
        claim = self.claim()
        statement = self.statement or f"{claim.measure.label}: {claim.subject}"
        outcome = claim.outcome(adjusted)
        tested = claim.contrast.testable
        holds = outcome.partition(" (")[0] == self.outcome if tested else None
        return Verdict(statement, _figure(claim, adjusted), self.outcome, holds)


@dataclasses.dataclass(frozen=True)
class Expecting:
    """Claims over the seeds of some results, in few words.

        versus = lab.Expecting(results).versus
        versus(first, second, ERROR, "lower", "The first errs less")

    Attributes:
      results: over conditions and seeds.
    """

    results: Results

    def versus(
        self,
        of: Condition,
        against: Condition,
        measure: Measure,
        outcome: str,
        statement: str,
    ) -> Expect:
        """The measure of one condition minus that of another, paired by seed."""
        block = Versus(of, against, measure)
        return Expect(self.results, block, outcome, statement)

    def beats(
        self,
        of: Condition,
        measure: Measure,
        value: float,
        outcome: str,
        statement: str,
        source: str = "",
    ) -> Expect:
        """The measure of a condition against a number that is known.

        Args:
          of: the condition.
          measure: of it.
          value: with which it is compared, not scaled.
          outcome: that it must have.
          statement: what is claimed.
          source: of the number, in a word.
        """
        block = Beats(of, measure, value=value, source=source)
        return Expect(self.results, block, outcome, statement)


AnyClaim = Check | Expect

Claims = Mapping[str, AnyClaim]
"""A short name -> the claim; tests and messages use the name."""


def verdicts(claims: Claims) -> dict[str, Verdict]:
    """Whether each claim holds; those over seeds are one family (`stats.holm`)."""
    tested = {n: c for n, c in claims.items() if isinstance(c, Expect)}
    ps = stats.holm([c.claim().contrast.p for c in tested.values()])
    adjusted = dict(zip(tested, ps, strict=True))
    return {
        name: one.verdict() if isinstance(one, Check) else one.verdict(adjusted[name])
        for name, one in claims.items()
    }


def _figure(claim: Claim, adjusted: float) -> str:
    """Mean, interval, p and n, short enough for a cell."""
    spec = phrases.signed(claim.measure.format)
    found = claim.contrast.estimate
    unit = _spaced(phrases.unit_of_difference(claim.measure.unit))
    p = "" if math.isnan(adjusted) else f", {phrases.probability(adjusted)}"
    ends = interval(found.interval, spec)
    return f"{number(found.mean, spec)}{unit} {ends}{p}, n = {found.n}"


def _spaced(unit: str) -> str:
    """A unit with the space before it that it needs: 3 px, but 3°."""
    return unit if unit in ("", "°") else f" {unit}"


Comparison = tuple[Condition, Condition, Measure, str]
"""The first minus the second condition, in a measure, must have an outcome."""


def minus(
    results: Results, of: Condition, against: Condition, measure: Measure, outcome: str
) -> Expect:
    """The difference of two conditions, worded by their labels and the measure's.

    Args:
      results: over conditions and seeds.
      of: a condition with every seed.
      against: another one, paired by seed; one that has a single seed is computed
        without chance, and its value is taken as known.
      measure: of both.
      outcome: that the difference must have, such as "lower".
    """
    expecting = Expecting(results)
    words = phrases.sentence(f"{measure.label}: {of.label} minus {against.label}")
    if against.seeds != 1:
        return expecting.versus(of, against, measure, outcome, words)
    value = results.mean(measure, against)
    return expecting.beats(of, measure, value, outcome, words, against.label)


def all_minus(
    results: Results, comparisons: Mapping[str, Comparison]
) -> dict[str, Expect]:
    """`minus` of each, by the name of the claim."""
    return {name: minus(results, *parts) for name, parts in comparisons.items()}
