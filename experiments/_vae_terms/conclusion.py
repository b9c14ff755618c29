"""The words of the report, chosen by the figures of the run."""

import math

from aejax.metrics.summary import Spread
from aejax.report.tables import interval, number
from experiments._vae_terms.evidence import (
    BOTH,
    CHANCE,
    KL,
    RECONSTRUCTION,
    Evidence,
    Weights,
)

# Below this a code says nothing of its image: 0.05 nats are 0.07 bits.
SILENT = 0.05


def conclusion(evidence: Evidence) -> str:
    """What each term does alone, what both do, and what the weight shifts."""
    parts = [_kl(evidence), _reconstruction(evidence), _both(evidence), _path(evidence)]
    return "\n\n".join(part for part in parts if part)


def told(difference: Spread) -> str:
    """Whether the 95 % interval of a difference over seeds excludes zero."""
    if math.isnan(difference.half_width):
        return "one seed cannot tell"
    if abs(difference.mean) <= difference.half_width:
        return "not told apart from zero"
    return "told apart from zero"


def _mean(evidence: Evidence, weights: Weights, column: str) -> float:
    return evidence.spread(weights, column).mean


def _filling(evidence: Evidence, weights: Weights) -> str:
    """How well codes cover the prior, and what becomes of its pictures."""
    share = _mean(evidence, weights, "empty")
    said = (
        "they fill it without holes beyond chance"
        if share < 2 * CHANCE
        else "they leave holes"
    )
    return (
        f"The codes lie {_mean(evidence, weights, 'distance'):.2g} standard deviations "
        f"from the prior and {said}: {share:.0%} of its grid is empty ({CHANCE:.0%} by "
        f"chance). {_mean(evidence, weights, 'lost'):.0%} of the grid's pictures are "
        "encoded elsewhere"
    )


def _kl(evidence: Evidence) -> str:
    kl, variance, means, overlap = (
        _mean(evidence, KL, column)
        for column in ("kl", "posterior_variance", "mean_variance", "overlap")
    )
    said = (
        "every image's posterior is the prior, and the code says nothing of the image"
        if kl < SILENT
        else "the posteriors have not yet become the prior"
    )
    return (
        f"The KL term alone: the KL ends at {kl:.2g} nats, the posteriors' variance at "
        f"{variance:.2f} and that of their means at {means:.2g}: {said}. Neighbours "
        f"take {overlap:.0%} of the codes for another class ({evidence.chance:.0%} by "
        f"chance). {_filling(evidence, KL)}, for nothing has trained the decoder."
    )


def _reconstruction(evidence: Evidence) -> str:
    alone = RECONSTRUCTION
    variance, means, kl = (
        _mean(evidence, alone, column)
        for column in ("posterior_variance", "mean_variance", "kl")
    )
    noise = math.sqrt(variance / means)
    said = "an autoencoder almost without noise" if noise < 0.1 else "a noisy code"
    return (
        "The reconstruction term alone: nothing holds the posteriors to the prior. "
        f"Their means have a variance of {means:.3g}, they themselves one of "
        f"{variance:.2g}: the noise is {noise:.2%} of the signal, {said}, at a KL of "
        f"{kl:.3g} nats. {_filling(evidence, alone)}."
    )


def _both(evidence: Evidence) -> str:
    parts = "; ".join(
        f"{said} {number(found.mean, spec)} {interval(found.interval, spec)}, "
        f"{told(found)}"
        for column, (said, spec) in CHANGES.items()
        for found in [evidence.difference(BOTH, RECONSTRUCTION, column)]
    )
    variance = _mean(evidence, BOTH, "posterior_variance")
    return (
        f"Both: {_mean(evidence, BOTH, 'kl'):.2f} nats of each image are in the code, "
        f"with a posterior variance of {variance:.2g}. {_filling(evidence, BOTH)}. "
        "What the KL term changes, held against the reconstruction alone (95 % "
        f"interval, paired by seed): {parts}."
    )


CHANGES = {
    "empty": ("the empty share", "+.3f"),
    "lost": ("the lost share", "+.3f"),
    "reconstruction": ("the reconstruction error [nats]", "+.1f"),
    "overlap": ("the class overlap", "+.3f"),
}

TRENDS = {
    "reconstruction": "the reconstruction error",
    "kl": "the KL",
    "posterior_variance": "the posterior variance",
    "overlap": "the overlap of the classes",
    "empty": "the empty share of the grid",
}


def _path(evidence: Evidence) -> str:
    if len(evidence.path) < 3:
        return ""
    found = {column: evidence.trend(column).verdict for column in TRENDS}
    parts = ", ".join(
        f"{said} {'shows no trend' if found[column] == 'no trend' else found[column]}"
        for column, said in TRENDS.items()
    )
    first, last = evidence.path[0], evidence.path[-1]
    collapsed = [w for w in evidence.path if _mean(evidence, w, "kl") < SILENT]
    end = (
        f" From β = {collapsed[0].beta:g} on the KL has won: the code is as silent as "
        "with the KL alone."
        if collapsed
        else ""
    )
    return (
        f"Between the ends, as β goes from {first.beta:g} to {last.beta:g}, {parts}; "
        f"the KL goes from {_mean(evidence, first, 'kl'):.2f} to "
        f"{_mean(evidence, last, 'kl'):.2f} nats.{end}"
    )
