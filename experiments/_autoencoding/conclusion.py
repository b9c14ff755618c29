"""The words of the report, chosen by the figures of the run."""

import math

from aejax.metrics.summary import verdict
from aejax.metrics.trend import trend
from aejax.report.tables import interval, number
from experiments._autoencoding.evidence import Config, Evidence

# With less between test and training error a model has not yet learned by heart.
WELL_FITTED = 1.1

NAMES = {
    "depth": "convolutions",
    "width": "channels in the first layer",
    "fc_layers": "dense layers",
}

# Said of a difference of errors below and above zero.
SIDES = ("better", "worse")


def conclusion(evidence: Evidence) -> str:
    """Best score, the effect of each change, and what limits the figures."""
    parts = [
        _best(evidence),
        *(_study(evidence, name) for name in evidence.paths),
        _cautions(evidence),
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
        f"With each doubling of d the error is multiplied by {2**found.slope:.2f} "
        f"(95 % interval {interval((low, high), '.2f')}). {text}"
    )


def _shape(evidence: Evidence, name: str) -> str:
    base = evidence.base
    others = [c for c in evidence.paths[name] if c != base]
    if not others or base not in evidence.configs:
        return ""
    parts = []
    for config in others:
        found = evidence.difference(config, base)
        ends = interval(found.interval, "+.5f")
        value = getattr(config, name)
        change = number(found.mean, "+.5f")
        parts.append(f"with {value} by {change} {ends} ({verdict(found, *SIDES)})")
    return (
        f"At d = {base.zdim} and with another number of {NAMES[name]} than "
        f"{getattr(base, name)} the error changes {', '.join(parts)}; 95 % intervals, "
        "paired by seed."
    )


def _cautions(evidence: Evidence) -> str:
    best = evidence.best
    names = {best.member(seen.seed) for seen in evidence.of(best)}
    last = {r["member"]: r["loss"] for r in evidence.records if r["member"] in names}
    train = sum(last.values()) / len(last)
    test = evidence.spread(best).mean
    limit = (
        "so more training or a larger model has room to lower it"
        if test < WELL_FITTED * train
        else "so it is the number of training images that limits it"
    )
    return (
        f"The best configuration ends with a training error of {train:.5f}; its test "
        f"error is {test / train:.2f} times that, {limit}."
    )
