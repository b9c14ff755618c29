"""The words of the report, chosen by the figures of the run."""

import numpy as np

from aejax.metrics.summary import NOT_TOLD, SINGLE, Spread, verdict
from aejax.report.tables import interval, number
from experiments._clustering.evidence import (
    PAPER_ACCURACY,
    PAPER_DATASET,
    Evidence,
    Variant,
)
from experiments._clustering.legend import beside_agreement

# Said of a difference of accuracies below and above zero.
SIDES = ("lower", "higher")


def conclusion(evidence: Evidence) -> str:
    """Capacities or not, the best model and the spread, references, the paper."""
    parts = [
        *(_pair(evidence, *pair) for pair in evidence.comparisons()),
        _best(evidence),
        _references(evidence),
        _paper(evidence),
        _told(evidence),
    ]
    return "\n\n".join(part for part in parts if part)


SAID = {
    "higher": "{} raise the accuracy",
    "lower": "{} lower the accuracy",
    NOT_TOLD: "{}: these seeds do not show whether they change the accuracy",
    SINGLE: "{}: one seed cannot tell what they do",
}


def _pair(evidence: Evidence, variant: Variant, other: Variant) -> str:
    found = {
        label: evidence.difference(variant, other, measure)
        for label, measure in (("accuracy", "accuracy"), ("NMI", "nmi"))
    }
    means = [evidence.spread(v.label).mean for v in (variant, other)]
    differences = "; ".join(f"{k} {_difference(one)}" for k, one in found.items())
    said = SAID[verdict(found["accuracy"], *SIDES)].format(_terms(evidence, variant))
    text = (
        f"{said}: {means[0]:.1%} ({variant.label}) against {means[1]:.1%} "
        f"({other.label}). Differences, paired by seed: {differences}."
    )
    if variant.agreement and beside_agreement(evidence):
        text += " What each of the two changes does alone, this run does not say."
    return text


def _difference(found: Spread) -> str:
    """With its 95 % interval and what may be said of it, where there are seeds."""
    mean = number(found.mean, "+.3f")
    if found.n == 1:
        return mean
    ends = interval(found.interval, "+.3f")
    return f"{mean} (95 % interval {ends}, {verdict(found, *SIDES)})"


def _terms(evidence: Evidence, variant: Variant) -> str:
    """What a kind has and the one that it is held against has not."""
    if not variant.agreement:
        return "Capacity terms"
    also = beside_agreement(evidence)
    together = f"; also, {also}" if also else ""
    return f"Agreement terms (weight {variant.agreement:g}{together})"


def _best(evidence: Evidence) -> str:
    best = evidence.best
    text = (
        f"The best model is {best.variant.label}, seed {best.found.seed}, with "
        f"{best.found.accuracy:.1%} and NMI {best.found.nmi:.3f}; it is chosen by the "
        "test labels, so it says what can happen and not what to expect."
    )
    if len(evidence.of(best.variant)) == 1:
        return text
    ranges = "; ".join(
        f"{variant.label}: {min(values):.1%} to {max(values):.1%}"
        for variant in evidence.variants
        for values in [[seen.found.accuracy for seen in evidence.of(variant)]]
    )
    return f"Accuracies over the seeds are {ranges}. {text}"


def _references(evidence: Evidence) -> str:
    held = {label: evidence.spread(label) for label in evidence.references}
    said = ", ".join(f"{label} {one.mean:.1%}" for label, one in held.items())
    level = max(one.mean for one in held.values())
    beaten = "; ".join(
        f"{sum(seen.found.accuracy > level for seen in members)} of {len(members)} "
        f"seeds ({variant.label})"
        for variant in evidence.variants
        for members in [evidence.of(variant)]
    )
    return f"Held against {said}. More than the better of these reach {beaten}."


def _paper(evidence: Evidence) -> str:
    if evidence.dataset != PAPER_DATASET:
        return (
            f"The paper's {PAPER_ACCURACY:.1%} are of the whole MNIST; this is "
            f"{evidence.dataset}, so they are not held against each other."
        )
    accuracies = np.array([seen.found.accuracy for seen in evidence.seen])
    above = int((accuracies > PAPER_ACCURACY).sum())
    reached = "is above" if above else "stays below"
    text = (
        f"The best model of all {reached} the {PAPER_ACCURACY:.1%} of Dupont "
        f"(arXiv:1804.00104) with {accuracies.max():.1%}; {above} of "
        f"{len(accuracies)} models are above it."
    )
    if not evidence.convolutional:
        text += " The paper's network is convolutional, these are dense."
    return text + _alone(evidence)


def _alone(evidence: Evidence) -> str:
    """The best accuracy by the paper's loss, where some have a further term."""
    if not evidence.agreed:
        return ""
    own = [
        s.found.accuracy
        for s in evidence.seen
        if s.variant.capacity is not None and not s.variant.agreement
    ]
    return (
        " Agreement is no part of the paper's loss; the best model with the capacities "
        f"alone has {max(own):.1%}."
    )


def _told(evidence: Evidence) -> str:
    told = evidence.told
    return (
        f"Of {told.samples:,} samples of the conditional VAE the judge names "
        f"{told.share:.1%} as the class that was asked for. {told.judge}"
    )
