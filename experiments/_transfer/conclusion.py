"""The words of the report, chosen by the figures of the run."""

from aejax.metrics.summary import Spread, verdict
from aejax.report.tables import MINUS, interval
from experiments._transfer.evidence import Evidence
from experiments._transfer.regimes import (
    DENOISED,
    FROZEN,
    PIXELS,
    PROPAGATED,
    SCRATCH,
    TUNED,
    Regime,
)

GOAL_LABELS, GOAL = 100, 93.0
"""With so many labels a frozen encoder is to reach so many percent."""

# Said of a difference of accuracies below and above zero.
SIDES = ("worse", "better")


def conclusion(evidence: Evidence) -> str:
    """What the encoder gives, whether tuning pays, over-fitting, and the best."""
    parts = [
        _worth(evidence),
        _tuning(evidence),
        _overfitting(evidence),
        _beyond(evidence),
    ]
    return "\n\n".join(part for part in parts if part)


def _difference(evidence: Evidence, labels: int, one: Regime, two: Regime) -> str:
    found = evidence.difference(labels, one, two)
    ends = interval(found.interval, "+.1f")
    mean = f"{found.mean:+.1f}".replace("-", MINUS)
    return f"{mean} {ends} with {labels}, {verdict(found, *SIDES)}"


def _worth(evidence: Evidence) -> str:
    parts = [
        "; ".join(_difference(evidence, n, FROZEN, other) for n in _ends(evidence))
        for other in (SCRATCH, PIXELS)
    ]
    return (
        "An MLP on the frozen code against the same network from random weights, in "
        f"points of test accuracy (95 % interval, paired by run): {parts[0]}. Against "
        f"logistic regression on pixels: {parts[1]}."
    )


def _tuning(evidence: Evidence) -> str:
    found = {n: verdict(evidence.difference(n), *SIDES) for n in evidence.labels}
    groups = [
        f"{word} with {', '.join(str(n) for n in found if found[n] == word)} labels"
        for word in dict.fromkeys(found.values())
    ]
    ends = "; ".join(_difference(evidence, n, TUNED, FROZEN) for n in _ends(evidence))
    return (
        f"Fine-tuning everything, held against the frozen encoder, is "
        f"{'; '.join(groups)} ({ends})."
    )


def _overfitting(evidence: Evidence) -> str:
    parts = []
    for regime in (FROZEN, TUNED):
        gaps = ", ".join(
            f"{_gap(evidence, regime, n):.1f} with {n}" for n in _ends(evidence)
        )
        parts.append(f"{regime.label}: {gaps}")
    return (
        "Over-fitting, accuracy on the labelled images less test accuracy in points: "
        f"{'; '.join(parts)}."
    )


def _gap(evidence: Evidence, regime: Regime, labels: int) -> float:
    train, test = (evidence.spread(regime, labels, s) for s in ("train", "test"))
    return train.mean - test.mean


def _beyond(evidence: Evidence) -> str:
    extra = [r for r in (DENOISED, PROPAGATED) if r in evidence.regimes]
    labels = GOAL_LABELS if GOAL_LABELS in evidence.labels else max(evidence.labels)
    if not extra:
        return _best(evidence, labels)
    parts = [
        f"{regime.label}: {_shown(evidence.spread(regime, labels))}" for regime in extra
    ]
    reached = max(evidence.spread(regime, labels).mean for regime in extra)
    goal = (
        f" The goal of {GOAL:g} % for a frozen encoder is "
        f"{'reached' if reached >= GOAL else 'missed'}."
        if labels == GOAL_LABELS
        else ""
    )
    return (
        f"With {labels} labels and encoders that undo distortions, never shown a "
        f"label, test accuracy is {'; '.join(parts)}.{goal} {_best(evidence, labels)}"
    )


def _best(evidence: Evidence, labels: int) -> str:
    best = evidence.best(labels)
    return (
        f"The best with {labels} labels is {best.label}: "
        f"{_shown(evidence.spread(best, labels))}."
    )


def _shown(spread: Spread) -> str:
    return f"{spread.mean:.1f} % {interval(spread.interval, '.1f')}"


def _ends(evidence: Evidence) -> list[int]:
    """The least and the greatest number of labels."""
    return list(dict.fromkeys((min(evidence.labels), max(evidence.labels))))
