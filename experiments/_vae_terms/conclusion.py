"""The words of the report, chosen by the figures of the run."""

import math

from aejax.metrics.summary import NOT_TOLD, SINGLE, verdict
from aejax.report.words import difference, listed
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


def _mean(evidence: Evidence, weights: Weights, column: str) -> float:
    return evidence.spread(weights, column).mean


FILLED = {
    "less": "less than the {:.0%} that draws from the prior would leave",
    "more": "more than the {:.0%} that draws from the prior would leave: holes",
    NOT_TOLD: "not told apart from the {:.0%} that draws from the prior would leave",
    SINGLE: "where draws from the prior would leave {:.0%}; a single run cannot tell "
    "these apart",
}


def _filling(evidence: Evidence, weights: Weights) -> str:
    """How well codes cover the prior, and what becomes of its pictures."""
    said = FILLED[verdict(evidence.excess(weights), "less", "more")].format(CHANCE)
    return (
        f"The codes lie {_mean(evidence, weights, 'distance'):.2g} standard deviations "
        f"from the prior; {_mean(evidence, weights, 'empty'):.0%} of its grid is "
        f"empty, {said}. {_mean(evidence, weights, 'lost'):.0%} of the grid's pictures "
        "are encoded elsewhere"
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
        f"chance). {_filling(evidence, KL)}; an encoder that puts every picture at 0 "
        f"would lose {evidence.lost_to_zero:.0%}."
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
        f"{said} {difference(found, spec, ('less', 'more'))}"
        for column, (said, spec) in CHANGES.items()
        for found in [evidence.difference(BOTH, RECONSTRUCTION, column)]
    )
    variance = _mean(evidence, BOTH, "posterior_variance")
    how = "95 % interval, paired by seed"
    if len(evidence.of(BOTH)) == 1:
        how = "a single run cannot tell these from chance"
    return (
        f"Both: {_mean(evidence, BOTH, 'kl'):.2f} nats of each image are in the code, "
        f"with a posterior variance of {variance:.2g}. {_filling(evidence, BOTH)}. "
        f"What the KL term changes, held against the reconstruction alone ({how}): "
        f"{parts}."
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

SAID = {
    "rises": "rising: {}",
    "falls": "falling: {}",
    "no trend": "without a trend: {}",
    "constant": "the same in all models: {}",
    "too few models": "too few models to tell a trend: {}",
}


def _path(evidence: Evidence) -> str:
    if len(evidence.path) < 3:
        return ""
    found: dict[str, list[str]] = {}
    for column, said in TRENDS.items():
        found.setdefault(evidence.trend(column), []).append(said)
    parts = "; ".join(SAID[way].format(listed(all_)) for way, all_ in found.items())
    first, last = evidence.path[0], evidence.path[-1]
    silent = [w for w in evidence.path if _mean(evidence, w, "kl") < SILENT]
    end = ""
    if silent:
        betas = listed([f"{w.beta:g}" for w in silent])
        end = f" With β = {betas} it is below {SILENT:g} nats: the code is silent."
    return (
        f"Between the ends β goes from {first.beta:g} to {last.beta:g}. "
        f"{parts[0].upper()}{parts[1:]}. The KL goes from "
        f"{_mean(evidence, first, 'kl'):.2f} to {_mean(evidence, last, 'kl'):.2f} "
        f"nats.{end}"
    )
