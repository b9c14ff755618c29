"""Claims: what a report says, computed from the figures of its run by one rule.

A claim owns its sentence, its row of the table, its interval and its p-value
together, so that a conclusion cannot disagree with its table. Each block here gives
the claims that it makes; a section's claims are one family (`aejax.stats.holm`).
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np

from aejax import stats
from aejax.errors import UserError
from aejax.lab.blocks import phrases
from aejax.lab.blocks.claim import Claim, as_tuple, displayed, finer, mean_of, sides_of
from aejax.lab.results import Among, Measure, Results
from aejax.report.tables import MINUS


@dataclasses.dataclass(frozen=True)
class Trend:
    """Measures against an ordered factor: Page's test, slope and interval.

    Attributes:
      measures: one, or several; the first, or `headline`, is a finding.
      over: the factor.
      scale: "log2" or "linear": the slope is per doubling, or per unit.
      label: of the factor in sentences; its name if empty.
      per: what a slope is per (doubling of); the label's last word if empty.
      headline: names of the measures that are findings; the first if empty.
      because: "increasing", "decreasing" or `phrases.NO_TREND` -> explanation.
      among: the conditions, or factors that they have; None for all.
    """

    measures: Sequence[Measure] | Measure
    over: str
    scale: str = "log2"
    label: str = ""
    headline: Sequence[str] = ()
    because: Mapping[str, str] = dataclasses.field(default_factory=dict)
    among: Among = None
    per: str = ""

    def claims(self, results: Results) -> list[Claim]:
        """One for each measure; none of fewer than two conditions.

        Raises:
          UserError: log2 of a factor that is not above 0.
        """
        measures = as_tuple(self.measures)
        chosen = [c for c in results.among(self.among) if self.over in c.factors]
        if len(chosen) < 2:
            return []
        x = np.array([float(c[self.over]) for c in chosen])
        if self.scale == "log2":
            if x.min() <= 0:
                raise UserError(
                    f"a trend over log2 of {self.over} needs values above 0, not "
                    f'{x.min():g}; use scale="linear", or leave them out by among=...'
                )
            x = np.log2(x)
        factor = self.label or self.over
        short = self.per or factor.rpartition(" ")[2]
        per = f"per {self.per}" if self.per else f"per unit of {short}"
        if self.scale == "log2":
            per = f"per doubling of {short}"
        found = []
        for i, measure in enumerate(measures):
            slope = stats.trend(x, results.by_seed(measure, chosen).T)
            is_headline = measure.name in self.headline if self.headline else i == 0

            def sentence(shown: str, said: str, label: str = measure.label) -> str:
                return phrases.trend(label, factor, per, shown, said)

            found.append(
                Claim(
                    f"{measure.label}, slope {per}",
                    finer(measure),
                    displayed(slope, measure.scale),
                    ("decreasing", "increasing"),
                    phrases.NO_TREND,
                    sentence,
                    is_headline,
                    self.because if is_headline else {},
                )
            )
        return found


@dataclasses.dataclass(frozen=True)
class Change:
    """A measure from the first to the last condition, paired by seed.

    Attributes:
      measure: in which figure.
      over: the factor whose least and greatest value are compared.
      among: the conditions, or factors that they have; None for all.
      finding: whether it belongs to the findings.
      because: outcome such as "higher" -> explanation.
    """

    measure: Measure
    over: str
    among: Among = None
    finding: bool = True
    because: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def claims(self, results: Results) -> list[Claim]:
        """One; none where fewer than two conditions have the measure."""
        chosen = [
            c
            for c in results.among(self.among)
            if self.over in c.factors and not math.isnan(results.mean(self.measure, c))
        ]
        if len(chosen) < 2:
            return []
        first = min(chosen, key=lambda c: c[self.over])
        last = max(chosen, key=lambda c: c[self.over])
        found = results.contrast(self.measure, last, first)

        def sentence(shown: str, said: str) -> str:
            a, b = (mean_of(results, self.measure, c) for c in (first, last))
            label = self.measure.label
            return phrases.change(label, first.label, last.label, a, b, shown, said)

        return [
            Claim(
                f"{last.label} {MINUS} {first.label}",
                finer(self.measure),
                displayed(found, self.measure.scale),
                sides_of(self.measure),
                phrases.NO_DIFFERENCE,
                sentence,
                self.finding,
                self.because,
            )
        ]


@dataclasses.dataclass(frozen=True)
class Caution:
    """A condition on the run under which its figures need care.

    Attributes:
      when: whether it applies.
      text: what a reader must know then.
    """

    when: bool
    text: str
