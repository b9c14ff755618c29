"""The words of the report, chosen by the figures of the run."""

import numpy as np

from aejax.report.tables import number
from aejax.report.words import difference
from experiments._likelihood.evidence import (
    OURS,
    PUBLISHED_EPOCHS,
    PUBLISHED_ON,
    PUBLISHED_SAMPLES,
    TORCH,
    Evidence,
)
from experiments._likelihood.sections import name


def conclusion(evidence: Evidence) -> str:
    """What was reached, what more samples give, and what the distance is made of."""
    parts = [_reached(evidence), _samples(evidence), _torch(evidence), _far(evidence)]
    return "\n\n".join(part for part in parts if part)


def _reached(evidence: Evidence) -> str:
    parts = ", ".join(
        f"{number(evidence.likelihood(OURS, k).mean, '.2f')} ({name(k)})"
        for k in evidence.ks
    )
    fewer = (
        f"; {PUBLISHED_SAMPLES:,} samples, as in the paper, would raise it"
        if evidence.samples < PUBLISHED_SAMPLES
        else ""
    )
    return (
        f"After {evidence.epochs:.3g} epochs of {evidence.images:,} images the test "
        f"log-likelihood, estimated with {evidence.samples:,} samples, is {parts} nats"
        f"{fewer}."
    )


def _samples(evidence: Evidence) -> str:
    first, *others = evidence.ks
    parts = [_less(evidence, (OURS, k), (OURS, first)) for k in others]
    if not parts:
        return ""
    return (
        f"Held against {name(first)}, in nats with 95 % intervals over images: "
        f"{'; '.join(parts)}."
    )


def _torch(evidence: Evidence) -> str:
    if TORCH not in evidence.sides:
        return ""
    parts = [_less(evidence, (TORCH, k), (OURS, k)) for k in evidence.ks]
    return (
        "PyTorch, trained alike for as many epochs and judged by the same program, "
        f"less aejax: {'; '.join(parts)}."
    )


def _less(evidence: Evidence, one: tuple[str, int], other: tuple[str, int]) -> str:
    """The log-likelihood of one (side, k) less another's, of the same images."""
    found = evidence.difference(one, other)
    return f"{name(one[1])}: {difference(found.spread, '+.2f')}, {found.verdict}"


def _far(evidence: Evidence) -> str:
    if evidence.dataset != PUBLISHED_ON:
        return (
            "The published values are of MNIST, and are not held against "
            f"{evidence.dataset}."
        )
    if not evidence.published:
        return ""
    parts = ", ".join(
        f"{number(_distance(evidence, k), '+.2f')} ({name(k)}, published "
        f"{number(there.log_likelihood, '.2f')})"
        for k, there in evidence.published.items()
    )
    done = evidence.epochs / PUBLISHED_EPOCHS
    text = (
        f"This run did {evidence.epochs:.3g} of the {PUBLISHED_EPOCHS:,} epochs behind "
        f"the published values, {done:.2%}. The distance to them, in nats: {parts}."
    )
    return f"{text} {_why(evidence, done)}".rstrip()


def _why(evidence: Evidence, done: float) -> str:
    parts = [_late(evidence)]
    if TORCH in evidence.sides and done < 1:
        parts.append(_alike(evidence))
    return " ".join(part for part in parts if part)


def _late(evidence: Evidence) -> str:
    """What the latter part of the training changed; nothing of a single look."""
    steps = evidence.of(OURS, evidence.ks[0])[0].steps
    if len(steps) < 2:
        return ""
    middle = int(np.abs(steps[:-1] - steps[-1] / 2).argmin())
    gains = ", ".join(
        f"{number(_gain(evidence, k, middle), '+.2f')} ({name(k)})" for k in evidence.ks
    )
    first, last = evidence.epochs_at(steps[[middle, -1]])
    return (
        f"From epoch {first:.3g} to {last:.3g} the test bound changed by {gains} nats."
    )


def _alike(evidence: Evidence) -> str:
    """How near PyTorch is after the same training, and what that says."""
    furthest = max(
        abs(evidence.difference((TORCH, k), (OURS, k)).spread.mean)
        for k in evidence.published
    )
    nearest = min(abs(_distance(evidence, k)) for k in evidence.published)
    said = (
        "so the distance is that of so short a training, not of the program"
        if furthest < nearest / 4
        else "so part of the distance may come from the program"
    )
    return (
        f"At the same length PyTorch lies within {furthest:.2f} nats of aejax, {said}."
    )


def _distance(evidence: Evidence, k: int) -> float:
    """Our log-likelihood less the published one, nats."""
    published = evidence.published[k].log_likelihood
    return evidence.likelihood(OURS, k).mean - published


def _gain(evidence: Evidence, k: int, look: int) -> float:
    """Change of the test bound from a look to the last, mean over seeds, nats."""
    gains = [seen.curve[-1] - seen.curve[look] for seen in evidence.of(OURS, k)]
    return float(np.mean(gains))
