"""The words of the report, chosen by the figures of the run."""

from functools import partial

from aejax.metrics.summary import NOT_TOLD, SINGLE, Spread, verdict
from aejax.report.tables import number
from aejax.report.words import difference
from experiments._fashion_vae.evidence import (
    AE_BCE,
    AE_MSE,
    GAUSSIAN,
    MIXTURE,
    PRIOR,
    Config,
    Evidence,
)


def conclusion(evidence: Evidence) -> str:
    """Which depth, which size, and what the variational part buys."""
    parts = [
        *(_layers(evidence, other) for other in evidence.layers[1:]),
        f"{_best(evidence)}{_others(evidence)}{_worst(evidence)}",
        f"{_errors(evidence)} {_distances(evidence)}",
        evidence.judge,
    ]
    return "\n\n".join(parts)


def _how(evidence: Evidence) -> str:
    """What stands behind differences."""
    if len(evidence.of(evidence.best)) == 1:
        return "of a single run, which cannot tell them from chance"
    return "paired by seed, with 95 % intervals"


nats = partial(difference, spec="+.2f")

COMPARED = {
    "better": "{} is better than {} in test loss",
    "worse": "{} is worse than {} in test loss",
    NOT_TOLD: "{} and {} are not told apart in test loss",
    SINGLE: "whether {} is better than {} in test loss, a single run cannot tell",
}


def _layers(evidence: Evidence, other: Config) -> str:
    """The deeper of two models against the other, with the terms that explain it."""
    one, two = sorted(
        (evidence.layers[0], other), key=lambda config: len(config.hidden), reverse=True
    )
    loss, error, rate, train, gap = (
        evidence.difference(one, two, measure)
        for measure in ("test.loss", "test.reconstruction", "test.kl", *FIT)
    )
    lead = "Of equal depth"
    if len(one.hidden) > len(two.hidden):
        lead = "Deeper or not"
    said = COMPARED[verdict(loss, "better", "worse")].format(one.label, two.label)
    return (
        f"{lead}: {said}. {one.label} less {two.label}, in nats per test image, "
        f"{_how(evidence)}: loss {nats(loss)}; reconstruction {nats(error)}; KL "
        f"{nats(rate)}. On the training images the loss differs by {nats(train)}; "
        f"the gap from there to the test loss by {nats(gap)}: "
        f"{_why(one.label, train, gap)}."
    )


FIT = ("train.loss", "gap")


def _why(label: str, train: Spread, gap: Spread) -> str:
    """Fit or over-fitting, each as far as the seeds tell."""
    fit = verdict(train, "fits better", "fits worse")
    over = verdict(gap, "over-fits less", "over-fits more")
    if SINGLE in (fit, over):
        return "a single run cannot tell fit from over-fitting"
    if fit == over == NOT_TOLD:
        return f"{label} is told apart neither in fit nor in over-fitting"
    if fit == NOT_TOLD:
        fit = "is not told apart in fit"
    if over == NOT_TOLD:
        over = "is not told apart in over-fitting"
    return f"{label} {fit} and {over}"


def _best(evidence: Evidence) -> str:
    best = evidence.best
    loss, likelihood, active = (
        evidence.spread(best, measure).mean
        for measure in ("test.loss", "log_likelihood", "active")
    )
    return (
        f"Of {len(evidence.configs)} size(s) {best.label} is chosen by the "
        f"{evidence.held_out:,} held-out training images; its test loss is "
        f"{loss:.2f} nats, its log-likelihood {number(likelihood, '.2f')}, with "
        f"{active:.1f} of {best.zdim} units active."
    )


def _others(evidence: Evidence) -> str:
    """What the test loss says of the sizes that were not chosen."""
    found: dict[str, list[str]] = {}
    for config in evidence.configs:
        if config != evidence.best:
            loss = evidence.difference(config, evidence.best, "test.loss")
            said = verdict(loss, "better", "worse")
            found.setdefault(said, []).append(config.label)
    listed = "; ".join(f"{', '.join(names)} ({said})" for said, names in found.items())
    return f" Held against it by their test loss: {listed}." if listed else ""


def _worst(evidence: Evidence) -> str:
    """The terms by which the greatest test loss differs."""
    worst = max(
        evidence.configs, key=lambda config: evidence.spread(config, "test.loss").mean
    )
    if worst == evidence.best:
        return ""
    error, rate = (
        evidence.difference(worst, evidence.best, measure)
        for measure in ("test.reconstruction", "test.kl")
    )
    return (
        f" {worst.label} has the greatest mean test loss. Its differences, "
        f"{_how(evidence)}: reconstruction {nats(error)}; KL {nats(rate)}."
    )


KEPT = {
    "smaller": "without it the code keeps more of the image",
    "larger": "without it the code keeps less of the image",
    NOT_TOLD: "what the code keeps of the image is not told apart",
    SINGLE: "a single run cannot tell whether the code keeps more without it",
}


def _errors(evidence: Evidence) -> str:
    """What the chosen shape reconstructs with and without the variational part."""
    best, sides = evidence.best, ("smaller", "larger")
    vae, bce, mse = (
        evidence.spread(best, "mse", kind).mean for kind in ("vae", AE_BCE, AE_MSE)
    )
    plain, squared = (evidence.against_vae(kind, "mse") for kind in (AE_BCE, AE_MSE))
    return (
        f"{best.label} reconstructs with a squared error per pixel of {vae:.5f} as a "
        f"VAE, as a plain autoencoder of {bce:.5f} (trained with cross-entropy) and "
        f"{mse:.5f} (with squared error). These two less the VAE's, {_how(evidence)}: "
        f"{difference(plain, '+.5f', sides)}; {difference(squared, '+.5f', sides)}. "
        "The first of the two lacks nothing but the variational part: "
        f"{KEPT[verdict(plain, *sides)]}."
    )


def _distances(evidence: Evidence) -> str:
    """How far samples are from test images, held against those of the VAE."""
    best, prior, sides = evidence.best, f"frechet.{PRIOR}", ("nearer", "further")
    fitted = [f"frechet.{way}" for way in (GAUSSIAN, MIXTURE)]
    gaussian, mixture = (evidence.spread(best, way, AE_BCE).mean for way in fitted)
    less_vae = "; ".join(
        difference(evidence.against_vae(AE_BCE, way, prior), "+.1f", sides)
        for way in fitted
    )
    return (
        "The Fréchet distance of samples to test images is "
        f"{evidence.spread(best, prior).mean:.1f} from the VAE's prior; from codes of "
        f"the autoencoder (cross-entropy) {gaussian:.1f} with a Gaussian fitted to "
        f"them and {mixture:.1f} with a mixture. These two less the VAE's, "
        f"{_how(evidence)}: {less_vae}."
    )
