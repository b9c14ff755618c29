"""The words of the report, chosen by the figures of the run."""

import numpy as np

from aejax.metrics.summary import verdict
from aejax.report.tables import interval
from experiments._clustering.evidence import (
    PAPER_ACCURACY,
    PAPER_DATASET,
    Evidence,
    Variant,
)

# Said of a difference of accuracies below and above zero.
SIDES = ("lower", "higher")


def conclusion(evidence: Evidence) -> str:
    """Capacities or not, the best seed and the spread, references, the paper."""
    parts = [
        *(_pair(evidence, *pair) for pair in evidence.comparisons()),
        _seeds(evidence),
        _references(evidence),
        _paper(evidence),
        _told(evidence),
    ]
    return "\n\n".join(part for part in parts if part)


SAID = {
    "higher": "{} raise the accuracy",
    "lower": "{} lower the accuracy",
    "not told apart": "{} make no difference to the accuracy that these seeds show",
    "a single run cannot tell": "{}: one seed cannot tell what they do",
}


def _pair(evidence: Evidence, variant: Variant, other: Variant) -> str:
    found = {
        label: evidence.difference(variant, other, measure)
        for label, measure in (("accuracy", "accuracy"), ("NMI", "nmi"))
    }
    means = [evidence.spread(v.label).mean for v in (variant, other)]
    what = "Agreement terms" if variant.agreement else "Capacity terms"
    differences = "; ".join(
        f"{label} {one.mean:+.3f} {interval(one.interval, '+.3f')}, "
        f"{verdict(one, *SIDES)}"
        for label, one in found.items()
    )
    return (
        f"{SAID[verdict(found['accuracy'], *SIDES)].format(what)}: {means[0]:.1%} "
        f"({variant.label}) against {means[1]:.1%} ({other.label}). Differences with "
        f"their 95 % intervals, paired by seed: {differences}."
    )


def _seeds(evidence: Evidence) -> str:
    best = evidence.best
    ranges = "; ".join(
        f"{variant.label}: {min(values):.1%} to {max(values):.1%}"
        for variant in evidence.variants
        for values in [[seen.found.accuracy for seen in evidence.of(variant)]]
    )
    return (
        f"Seeds differ: accuracies are {ranges}. The best model is {best.variant.label}"
        f", seed {best.found.seed}, with {best.found.accuracy:.1%} and NMI "
        f"{best.found.nmi:.3f}; it is chosen by the test labels, so it says what can "
        "happen and not what to expect."
    )


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
        f"The best seed of all {reached} the {PAPER_ACCURACY:.1%} of Dupont "
        f"(arXiv:1804.00104) with {accuracies.max():.1%}; {above} of "
        f"{len(accuracies)} models are above it."
    )
    if not evidence.convolutional:
        text += " The paper's network is convolutional, these are dense."
    own = [
        s.found.accuracy
        for s in evidence.seen
        if s.variant.capacity is not None and not s.variant.agreement
    ]
    return (
        f"{text} Agreement is no part of the paper's loss; the best seed with the "
        f"capacities alone has {max(own):.1%}."
    )


def _told(evidence: Evidence) -> str:
    told = evidence.told
    return (
        f"Of {told.samples:,} samples of the conditional VAE the judge names "
        f"{told.share:.1%} as the class that was asked for. {told.judge}"
    )
