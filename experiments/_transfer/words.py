"""Figures of the run as parts of sentences."""

from collections.abc import Mapping
from typing import TypeVar

from aejax.report.tables import interval
from aejax.report.words import difference
from experiments._transfer.evidence import Evidence
from experiments._transfer.regimes import Regime
from experiments._transfer.tables import over_draws

# Said of a difference of accuracies below and above zero.
SIDES = ("worse", "better")

Key = TypeVar("Key")


def points(evidence: Evidence, labels: int, one: Regime, two: Regime) -> str:
    """Test accuracy of one regime less another's, with its interval."""
    return difference(evidence.difference(labels, one, two).spread, "+.1f")


def judgement(evidence: Evidence, labels: int, one: Regime, two: Regime) -> str:
    """What may be said of two regimes, and what speaks against saying it."""
    found = evidence.difference(labels, one, two).verdict(*SIDES)
    return found + caution(evidence, labels, one, two)


def caution(evidence: Evidence, labels: int, *regimes: Regime) -> str:
    """Which of the regimes were not trained to the end; "" where all were."""
    short = " and ".join(
        f"{r.short} is not trained to the end in {evidence.steps[r.how]} steps"
        for r in regimes
        if evidence.is_unfinished(r, labels)
    )
    return short and f", though {short}"


def accuracy(evidence: Evidence, regime: Regime, labels: int) -> str:
    """Test accuracy of a regime, with its interval."""
    found = evidence.spread(regime, labels)
    around = f" {interval(found.interval, '.1f')}" if found.n > 1 else ""
    return f"{found.mean:.1f} %{around}"


def basis(evidence: Evidence) -> str:
    """What the intervals are of."""
    return f"95 % interval {over_draws(evidence)}" if evidence.runs > 1 else "one run"


def grouped(said: Mapping[Key, str]) -> dict[str, list[Key]]:
    """Words -> of what they are said, in the order of `said`."""
    groups: dict[str, list[Key]] = {}
    for key, word in said.items():
        groups.setdefault(word, []).append(key)
    return groups


def ends(evidence: Evidence) -> list[int]:
    """The least and the greatest number of labels."""
    return list(dict.fromkeys((min(evidence.labels), max(evidence.labels))))
