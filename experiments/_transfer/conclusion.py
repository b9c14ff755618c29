"""The words of the report, chosen by the figures of the run."""

from experiments._transfer.evidence import TRAINED, Evidence
from experiments._transfer.regimes import (
    DENOISED,
    FROZEN,
    PIXELS,
    PROPAGATED,
    SCRATCH,
    TUNED,
    Regime,
)
from experiments._transfer.words import (
    accuracy,
    basis,
    caution,
    ends,
    grouped,
    judgement,
    points,
)

GOAL_LABELS, GOAL = 100, 93.0
"""With so many labels a frozen encoder is to reach so many percent."""

# Said of an accuracy below and above the goal.
OUTCOMES = ("missed", "reached")


def conclusion(evidence: Evidence) -> str:
    """What the encoder gives, whether tuning pays, over-fitting, and the best."""
    parts = [
        _worth(evidence),
        _tuning(evidence),
        _overfitting(evidence),
        _unfinished(evidence),
        _beyond(evidence),
    ]
    return "\n\n".join(part for part in parts if part)


def _worth(evidence: Evidence) -> str:
    parts = [
        "; ".join(
            f"{points(evidence, n, FROZEN, other)} with {n}, "
            f"{judgement(evidence, n, FROZEN, other)}"
            for n in ends(evidence)
        )
        for other in (SCRATCH, PIXELS)
    ]
    return (
        "An MLP on the frozen code against the same network from random weights, in "
        f"points of test accuracy ({basis(evidence)}, paired by run): {parts[0]}. "
        f"Against logistic regression on pixels: {parts[1]}."
    )


def _tuning(evidence: Evidence) -> str:
    groups = grouped(
        {n: judgement(evidence, n, TUNED, FROZEN) for n in evidence.labels}
    )
    said = "; ".join(
        f"with {', '.join(map(str, counts))} labels {word}"
        for word, counts in groups.items()
    )
    outer = "; ".join(
        f"{points(evidence, n, TUNED, FROZEN)} with {n}" for n in ends(evidence)
    )
    return f"Fine-tuning everything, held against the frozen encoder: {said} ({outer})."


def _overfitting(evidence: Evidence) -> str:
    parts = []
    for regime in (FROZEN, TUNED):
        gaps = ", ".join(
            f"{_gap(evidence, regime, n):.1f} with {n}"
            for n in ends(evidence)
            if not evidence.is_unfinished(regime, n)
        )
        parts += [f"{regime.label}: {gaps}"] if gaps else []
    if not parts:
        return ""
    return (
        "Over-fitting, accuracy on the labelled images less test accuracy in points: "
        f"{'; '.join(parts)}."
    )


def _gap(evidence: Evidence, regime: Regime, labels: int) -> float:
    train, test = (evidence.spread(regime, labels, s) for s in ("train", "test"))
    return train.mean - test.mean


def _unfinished(evidence: Evidence) -> str:
    """Where training was too short to judge a regime by it."""
    parts = []
    for regime in evidence.regimes:
        known = ", ".join(
            f"{evidence.spread(regime, n, 'train').mean:.1f} % with {n}"
            for n in evidence.labels
            if evidence.is_unfinished(regime, n)
        )
        if known:
            steps = evidence.steps[regime.how]
            parts.append(f"{regime.label}, {steps} steps: {known}")
    if not parts:
        return ""
    return (
        f"Not trained to the end, less than {TRAINED:g} % of their own labelled images "
        f"named rightly: {'; '.join(parts)}."
    )


def _beyond(evidence: Evidence) -> str:
    """What frozen encoders reach, held against the goal, and the best of all."""
    labels = GOAL_LABELS if GOAL_LABELS in evidence.labels else max(evidence.labels)
    extra = [r for r in (DENOISED, PROPAGATED) if r in evidence.regimes]
    shown = "; ".join(f"{r.label}: {accuracy(evidence, r, labels)}" for r in extra)
    parts = [
        f"With {labels} labels and encoders that undo distortions, never shown a "
        f"label, test accuracy is {shown} ({basis(evidence)})."
        if extra
        else "",
        _goal(evidence) if labels == GOAL_LABELS else "",
        _best(evidence, labels),
    ]
    return " ".join(part for part in parts if part)


def _goal(evidence: Evidence) -> str:
    groups = grouped(
        {
            regime.short: evidence.beyond(GOAL, regime, GOAL_LABELS).verdict(*OUTCOMES)
            + caution(evidence, GOAL_LABELS, regime)
            for regime in evidence.regimes
            if regime.frozen
        }
    )
    said = "; ".join(f"{', '.join(who)}: {word}" for word, who in groups.items())
    return (
        f"The goal of {GOAL:g} % with {GOAL_LABELS} labels and a frozen encoder that "
        f"saw none, judged by the interval: {said}."
    )


def _best(evidence: Evidence, labels: int) -> str:
    best = evidence.best(labels)
    return (
        f"The best mean with {labels} labels is that of {best.label}: "
        f"{accuracy(evidence, best, labels)}."
    )
