"""Claims that compare conditions: with each other, the best, or a known level."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

from aejax import stats
from aejax.lab.blocks import phrases
from aejax.lab.blocks.claim import Claim, as_tuple, displayed, finer, mean_of, sides_of
from aejax.lab.results import Among, Condition, Measure, Results
from aejax.report.tables import MINUS, number


@dataclasses.dataclass(frozen=True)
class Versus:
    """Two conditions, paired by seed, or two readings of the same models.

    Attributes:
      of, against: the conditions; the difference is of - against.
      measures: one, or several; the first, or `headline`, is a finding.
      same_model: whether both are readings of the same models: then compared over
        units, and every seed must agree.
      headline: names of the measures that are findings; None for the first.
      because: outcome such as "lower (better)" -> explanation.
      against_measure: what is read of `against`, where it is another measure, such as
        the distance of samples that are made in another way.
    """

    of: Condition
    against: Condition
    measures: Sequence[Measure] | Measure
    same_model: bool = False
    headline: Sequence[str] | None = None
    because: Mapping[str, str] = dataclasses.field(default_factory=dict)
    against_measure: Measure | None = None

    def claims(self, results: Results) -> list[Claim]:
        """One for each measure."""
        found = []
        for i, measure in enumerate(as_tuple(self.measures)):
            other = self.against_measure or measure
            a, b = results.of(measure, self.of), results.of(other, self.against)
            difference = stats.contrast(a, b, same_model=self.same_model)
            is_headline = i == 0
            if self.headline is not None:
                is_headline = measure.name in self.headline
            second = self.against.label
            if other != measure:
                second = f"{second} ({other.label})"

            def sentence(
                shown: str, said: str, label: str = measure.label, second: str = second
            ) -> str:
                return phrases.versus(self.of.label, second, label, shown, said)

            found.append(
                Claim(
                    f"{self.of.label} {MINUS} {second}",
                    finer(measure),
                    displayed(difference, measure.scale),
                    sides_of(measure),
                    phrases.NO_DIFFERENCE,
                    sentence,
                    is_headline,
                    self.because if is_headline else {},
                    results.unit if difference.over == "units" else "",
                )
            )
        return found


def each_versus(
    conditions: Sequence[Condition],
    against: Condition,
    measures: Sequence[Measure] | Measure,
    headline: Sequence[str] | None = None,
) -> list[Versus]:
    """`Versus` of each condition but the one with which all are compared."""
    others = [c for c in conditions if c is not against]
    return [Versus(c, against, measures, headline=headline) for c in others]


def matched(
    results: Results,
    conditions: Sequence[Condition],
    measures: Sequence[Measure] | Measure,
    **changes: Any,
) -> list[Versus]:
    """`Versus` of each condition and the one that differs in these factors alone.

    Those that are so themselves, or have no such counterpart, are left out; the first
    pair's is a finding.
    """
    pairs = [(c, results.like(c, **changes)) for c in conditions]
    return [
        Versus(c, other, measures, headline=None if i == 0 else ())
        for i, (c, other) in enumerate((c, o) for c, o in pairs if o and o is not c)
    ]


@dataclasses.dataclass(frozen=True)
class Best:
    """The condition of the best mean, compared with the second best.

    The pair was picked by looking at all, so p is Bonferroni-adjusted for all pairs.

    Attributes:
      measure: that is claimed.
      on: the measure by which the best is chosen, of held-out data; `measure` itself
        if None, and then the sentence says so.
      among: the conditions, or factors that they have; None for all.
      chosen_by: words for what chose it, such as "held-out training images".
      finding: whether it belongs to the findings.
    """

    measure: Measure
    on: Measure | None = None
    among: Among = None
    chosen_by: str = ""
    finding: bool = True

    def claims(self, results: Results) -> list[Claim]:
        """One, or none where there is nothing to choose from."""
        by = self.on or self.measure
        chosen = [
            c for c in results.among(self.among) if not math.isnan(results.mean(by, c))
        ]
        if len(chosen) < 2:
            return []
        first = results.best(by, chosen)
        second = results.best(by, [c for c in chosen if c is not first])
        values = list(results.by_seed(self.measure, chosen))
        found = stats.choice(values, chosen.index(first), chosen.index(second))
        words = f", chosen from {len(chosen)} by {self.chosen_by or 'its own mean'}"

        def sentence(shown: str, said: str) -> str:
            value = mean_of(results, self.measure, first)
            lead = phrases.best(first.label, self.measure.label, value, words)
            return f"{lead} {phrases.runner_up(second.label, shown, said)}"

        return [
            Claim(
                f"{first.label} (best) {MINUS} {second.label} (second)",
                finer(self.measure),
                displayed(found, self.measure.scale),
                sides_of(self.measure),
                phrases.NO_DIFFERENCE,
                sentence,
                self.finding,
            )
        ]


@dataclasses.dataclass(frozen=True)
class Beats:
    """A condition compared with a baseline or a published value.

    Attributes:
      of: the condition.
      measure: in which figure.
      baseline: a name of `Results.baselines`; or
      value: a published figure, and
      source: where it stands.
      finding: whether it belongs to the findings.
    """

    of: Condition
    measure: Measure
    baseline: str = ""
    value: float = math.nan
    source: str = ""
    finding: bool = True

    def claims(self, results: Results) -> list[Claim]:
        """One; none where the baseline has no such measure."""
        level = self.value
        if self.baseline:
            known = results.baseline(self.baseline, self.measure)
            if known is None:
                return []
            level = float(known[results.place(self.of)])
        by, spec = self.measure.scale, self.measure.format
        name = self.source or self.baseline
        values = results.by_seed(self.measure, [self.of])[0]
        found = stats.contrast(values, level)

        def sentence(shown: str, said: str) -> str:
            return phrases.beats(
                self.of.label,
                self.measure.label,
                mean_of(results, self.measure, self.of),
                f"{name} ({number(level * by, spec)})",
                shown,
                said,
            )

        return [
            Claim(
                f"{self.of.label} {MINUS} {name}",
                finer(self.measure),
                displayed(found, by),
                sides_of(self.measure),
                phrases.NO_DIFFERENCE,
                sentence,
                self.finding,
            )
        ]
