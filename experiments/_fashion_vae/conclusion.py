"""The words of the report, chosen by the figures of the run."""

from aejax.report.tables import interval, number
from experiments._fashion_vae.evidence import (
    AE_BCE,
    AE_MSE,
    GAUSSIAN,
    MIXTURE,
    PRIOR,
    Config,
    Difference,
    Evidence,
)


def conclusion(evidence: Evidence) -> str:
    """Which depth, which size, and what the variational part buys."""
    parts = [
        *(_depth(evidence, other) for other in evidence.layers[1:]),
        _best(evidence),
        _plain(evidence),
        evidence.judge,
    ]
    return "\n\n".join(part for part in parts if part)


def _shown(difference: Difference, spec: str = "+.2f") -> str:
    found = difference.spread
    told = "" if difference.is_told else ", not told apart"
    return f"{number(found.mean, spec)} {interval(found.interval, spec)}{told}"


def _depth(evidence: Evidence, other: Config) -> str:
    """The deeper model against the first one, with the terms that explain it."""
    first = evidence.layers[0]
    loss, rate, error, train = (
        evidence.difference(other, first, measure)
        for measure in ("test.loss", "test.kl", "test.reconstruction", "train.loss")
    )
    if not loss.is_told:
        verdict = "do not differ in test loss by more than their seeds do"
    else:
        verdict = (
            f"differ: {(other if loss.spread.mean < 0 else first).label} is better"
        )
    return (
        f"Deeper or not: {other.label} and {first.label} {verdict}. Their difference "
        f"in nats per test image, paired by seed with 95 % intervals: loss "
        f"{_shown(loss)}; reconstruction {_shown(error)}; KL {_shown(rate)}. On the "
        f"training images the loss differs by {_shown(train)}: {_why(loss, train)}."
    )


def _why(test: Difference, train: Difference) -> str:
    if not train.is_told:
        return "the further layer changes what is learned by less than the seeds do"
    if (test.spread.mean > 0) == (train.spread.mean > 0):
        return "the difference is one of fit, not of over-fitting"
    return "one model fits the training images better and the other generalises better"


def _best(evidence: Evidence) -> str:
    best = evidence.best
    rest = [config for config in evidence.configs if config != best]
    loss, likelihood = (
        evidence.spread(best, measure) for measure in ("test.loss", "log_likelihood")
    )
    text = (
        f"Of the {len(evidence.configs)} sizes {best.label} is chosen by the "
        f"{evidence.held_out:,} held-out training images; its test loss is "
        f"{loss.mean:.2f} nats, its log-likelihood "
        f"{number(likelihood.mean, '.2f')}, with "
        f"{evidence.spread(best, 'active').mean:.1f} of {best.zdim} units active."
    )
    near = [
        config.label
        for config in rest
        if not evidence.difference(config, best, "test.loss").is_told
    ]
    if near:
        text += f" Not told apart from it on the test set: {', '.join(near)}."
    worst = max(
        evidence.configs, key=lambda config: evidence.spread(config, "test.loss").mean
    )
    if worst == best:
        return text
    error, rate = (
        evidence.difference(worst, best, measure)
        for measure in ("test.reconstruction", "test.kl")
    )
    return (
        f"{text} The worst, {worst.label}, differs from it by {_shown(error)} in "
        f"reconstruction and {_shown(rate)} in KL."
    )


def _plain(evidence: Evidence) -> str:
    """The chosen shape with and without the variational part."""
    best = evidence.best
    errors = {
        kind: evidence.spread(best, "mse", kind).mean
        for kind in ("vae", AE_BCE, AE_MSE)
    }
    distances = {
        "the VAE's prior": evidence.spread(best, f"frechet.{PRIOR}").mean,
        "a Gaussian fitted to the codes of the autoencoder": evidence.spread(
            best, f"frechet.{GAUSSIAN}", AE_BCE
        ).mean,
        "a mixture fitted to them": evidence.spread(
            best, f"frechet.{MIXTURE}", AE_BCE
        ).mean,
    }
    sharpest = min(errors, key=lambda kind: errors[kind])
    nearest = min(distances, key=lambda way: distances[way])
    listed = ", ".join(f"{value:.1f} from {way}" for way, value in distances.items())
    return (
        f"As a plain autoencoder {best.label} reconstructs with {errors[AE_BCE]:.5f} "
        f"(cross-entropy) and {errors[AE_MSE]:.5f} (squared error) per pixel, the VAE "
        f"with {errors['vae']:.5f}: {_SHARPEST[sharpest]}. The Fréchet distance of "
        f"samples to test images is {listed}: {nearest} gives the samples nearest to "
        "real images."
    )


_SHARPEST = {
    "vae": "the KL term costs no sharpness here",
    AE_BCE: "without the KL term the code keeps more of the image",
    AE_MSE: "without the KL term the code keeps more of the image, most so when the "
    "squared error itself is trained on",
}
