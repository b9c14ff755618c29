"""One tested statement, and how its figures and outcomes are worded."""

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from aejax import stats
from aejax.lab.blocks import phrases
from aejax.lab.results import Condition, Measure, Results

Sentence = Callable[[str, str], str]
"""`(figure in words, outcome) -> sentence`."""


@dataclasses.dataclass(frozen=True)
class Claim:
    """One tested statement, before the family's p-values are adjusted.

    Attributes:
      subject: what is compared, a row's head.
      measure: in which figure.
      contrast: the difference or slope, in the measure's displayed units.
      sides: what is said where it is below and above 0.
      nothing: what is said where it is neither.
      sentence: makes the sentence.
      finding: whether it belongs to the report's list of findings.
      because: outcome -> an explanation that follows the sentence.
      over: word for what was sampled, where it is not "seeds".
    """

    subject: str
    measure: Measure
    contrast: stats.Contrast
    sides: tuple[str, str]
    nothing: str
    sentence: Sentence
    finding: bool = True
    because: Mapping[str, str] = dataclasses.field(default_factory=dict)
    over: str = ""

    def outcome(self, adjusted: float) -> str:
        """What the test shows."""
        return phrases.outcome(self.contrast, adjusted, self.sides, self.nothing)

    def said(self, adjusted: float) -> str:
        """The sentence."""
        shown = phrases.figure(
            self.contrast, adjusted, self.measure.format, self.measure.unit, self.over
        )
        return self.sentence(shown, self.outcome(adjusted))

    def explained(self, adjusted: float) -> str:
        """The explanation of its outcome; "" where there is none."""
        return self.because.get(self.outcome(adjusted), "")


class ClaimBlock(Protocol):
    """What gives claims of results."""

    def claims(self, results: Results) -> list[Claim]:
        """The claims, in the order of the table."""


def displayed(found: stats.Contrast, by: float) -> stats.Contrast:
    """A contrast in displayed units."""
    old = found.estimate
    low, high = old.interval
    new = stats.Estimate(old.mean * by, old.std * by, (low * by, high * by), old.n)
    return dataclasses.replace(found, estimate=new)


def sides_of(measure: Measure) -> tuple[str, str]:
    """Lower and higher, and which of them is better."""
    if measure.better is None:
        return "lower", "higher"
    if measure.better == "lower":
        return "lower (better)", "higher (worse)"
    return "lower (worse)", "higher (better)"


def finer(measure: Measure) -> Measure:
    """A measure with one digit more: a difference is smaller than what it is of."""
    spec = re.sub(r"\d+", lambda digits: str(int(digits[0]) + 1), measure.format)
    return dataclasses.replace(measure, format=spec)


def as_tuple(measures: Sequence[Measure] | Measure) -> tuple[Measure, ...]:
    """One measure or several, as a tuple."""
    return (measures,) if isinstance(measures, Measure) else tuple(measures)


def mean_of(results: Results, measure: Measure, condition: Condition) -> str:
    """Mean ± standard deviation over seeds, in displayed units."""
    found = results.estimate(measure, condition)
    by = measure.scale
    scaled = stats.Estimate(found.mean * by, found.std * by, found.interval, found.n)
    return phrases.mean_of(scaled, measure.format, measure.unit)
