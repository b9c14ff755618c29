"""The words of the report, chosen by the figures of the run."""

import math

from aejax.metrics.summary import verdict
from aejax.metrics.trend import trend
from aejax.report.tables import interval, number
from experiments._autoencoding.evidence import Config, Evidence

NAMES = {
    "depth": "convolutions",
    "width": "channels in the first layer",
    "fc_layers": "dense layers",
}

# Said of a difference of errors below and above zero.
SIDES = ("better", "worse")


def conclusion(evidence: Evidence) -> str:
    """Best score, the effect of each change, and training against test error."""
    parts = [
        _best(evidence),
        *(_study(evidence, name) for name in evidence.paths),
        _training(evidence),
    ]
    return "\n\n".join(part for part in parts if part)


def described(config: Config) -> str:
    """A configuration in words."""
    return (
        f"d = {config.zdim}, depth {config.depth}, width {config.width}, "
        f"{config.fc_layers} dense layers"
    )


def _best(evidence: Evidence) -> str:
    best = evidence.best
    error, linear = evidence.spread(best), evidence.pca[best.zdim].mse
    return (
        f"The best score is a test error of {error.mean:.5f} per pixel with "
        f"{described(best)}, {error.mean / linear:.0%} of PCA's with as many "
        f"components ({linear:.5f}), after {evidence.epochs:.3g} epochs."
    )


def _study(evidence: Evidence, name: str) -> str:
    return _latent(evidence) if name == "zdim" else _shape(evidence, name)


def _latent(evidence: Evidence) -> str:
    path = evidence.paths["zdim"]
    ratios = [evidence.spread(c).mean / evidence.pca[c.zdim].mse for c in path]
    parts = ", ".join(
        f"{ratio:.2f} at d = {c.zdim}" for c, ratio in zip(path, ratios, strict=True)
    )
    text = f"Held against PCA of the same dimension the error is {parts}."
    seen = [s for c in path for s in evidence.of(c)]
    found = trend(
        [math.log2(s.config.zdim) for s in seen], [math.log2(s.mse) for s in seen]
    )
    if found.verdict == "no trend":
        return text
    low, high = (2**end for end in found.slope_interval)
    return (
        f"With each doubling of d the error is multiplied by {2**found.slope:.2f} on "
        f"average over these sizes (95 % interval {interval((low, high), '.2f')}). "
        f"{text}"
    )


def _shape(evidence: Evidence, name: str) -> str:
    base = evidence.base
    others = [c for c in evidence.paths[name] if c != base]
    if not others or base not in evidence.configs:
        return ""
    parts = [
        f"with {getattr(config, name)} by {_change(evidence, config)}"
        for config in others
    ]
    basis = (
        "95 % intervals, paired by seed"
        if evidence.seeds > 1
        else "one seed of each, which cannot tell them apart"
    )
    return (
        f"At d = {base.zdim} and with another number of {NAMES[name]} than "
        f"{getattr(base, name)} the error changes {', '.join(parts)}; {basis}."
    )


def _change(evidence: Evidence, config: Config) -> str:
    """What a configuration adds to the error of the base."""
    found = evidence.difference(config, evidence.base)
    change = number(found.mean, "+.5f")
    if evidence.seeds == 1:
        return change
    return f"{change} {interval(found.interval, '+.5f')} ({verdict(found, *SIDES)})"


def _training(evidence: Evidence) -> str:
    best = evidence.best
    test, train = (evidence.spread(best, name).mean for name in ("mse", "train_mse"))
    return (
        f"At its end the best configuration has an error of {train:.5f} on "
        f"{evidence.train_images:,} training images as they are; its test error, "
        f"{test:.5f}, is {test / train:.2f} times that."
    )
