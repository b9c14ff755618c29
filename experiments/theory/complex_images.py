"""Why are VAEs of natural images blurred, and what makes their latents collapse?

A VAE with a Gaussian likelihood weighs errors by the likelihood's variance σ². A
direction of the data whose variance is below σ² is not worth its KL: the posterior of
that coordinate is the prior (collapse), and the decoder shows the mean of all images
that share the other latents. Natural images have little variance in fine detail, so
detail is what goes first: blur. A large fixed σ, such as the 1 that is hidden in "mean
squared error plus KL", therefore collapses most coordinates, about as many as the
formula of a linear VAE says.

Nor is this an accident of training: annealing the KL leads to the same end. Free bits
give each coordinate its free nats by construction; the decoder does use them, but the
bound pays. The remedy is σ itself: learnt, it becomes the root of the mean squared
error, which gives the best bound and more detail than any fixed σ of those tried.
"""

import dataclasses
from functools import partial
from typing import Any

import jax.numpy as jnp
import numpy as np

from aejax import lab, models
from aejax.algorithms.gaussian_vae import WEIGHTS, gaussian_vae, terms
from aejax.data.shrink import halved
from aejax.eval.collapse import linear_kl, principal_variances
from aejax.eval.gaussian_vae import quality, read
from aejax.lab.blocks.views import by_condition
from aejax.report.figures import reconstructions
from aejax.report.html import CaptionedFigure
from aejax.report.tables import Table

FORMULAS = (
    (
        r"-\log p(x|z) = \frac{\|x - g(z)\|^2}{2 \sigma^2} + \frac{D}{2} \log 2\pi "
        r"\sigma^2",
        "of an image of D values that is decoded as g(z); σ² is to the KL as β is",
    ),
    (
        r"\mathrm{KL}_j = \frac{1}{2} \log \max(\lambda_j / \sigma^2,\, 1), \qquad "
        r"\lambda_j \;\rightarrow\; \max(\lambda_j - \sigma^2,\, 0)",
        "of a linear VAE and a principal direction of variance λ: its optimal KL, and "
        "the variance that is shown",
    ),
    (
        r"\sum_j \max(\mathbb{E}\,\mathrm{KL}_j,\, \kappa), \qquad "
        r"\min(t / T,\, 1) \sum_j \mathrm{KL}_j",
        "what is paid with κ free nats for each latent; and in step t with annealing "
        "over the first T steps",
    ),
)

SIDE, ZDIM, BAND, ACTIVE = 12, 24, (0.15, 0.25), 0.1
"""The last: a coordinate of a lower KL, in nats, has collapsed."""

FIXED = (1.0, 0.5, 0.25, 0.125, 0.0625)
COLLAPSED = 0.5
"""The σ of which annealing and free bits are tried."""

LEARNT, LINEAR = "σ learnt", "linear VAE, by formula"
KINDS = {f"σ = {s:g}": {**WEIGHTS, "deviation": s} for s in FIXED} | {
    LEARNT: {**WEIGHTS, "deviation": 0.0},
    "annealing": {**WEIGHTS, "deviation": COLLAPSED, "annealing": 0.5},
    "free bits": {**WEIGHTS, "deviation": COLLAPSED, "free_bits": 0.5},
}
BOUND = lab.Measure("bound", "negative ELBO per value", "nats", ".3f", "lower")
MSE = lab.Measure("mse", "reconstruction MSE", "", ".4f", "lower")
UNITS = lab.Measure("active", "active coordinates", "", ".1f")
USED = lab.Measure("used", "needed coordinates", "", ".1f")
KEPT = lab.Measure("kept", "detail kept", "%", ".1f", "higher", scale=100)
SIGMA = lab.Measure("sigma", "σ", "", ".3f")
MEASURES = (BOUND, MSE, UNITS, USED, KEPT, SIGMA)


@dataclasses.dataclass(frozen=True)
class Options(lab.TrainedOptions):
    """Sizes."""

    seeds: int = lab.option(4, "Of each model, seeds 0, 1 ...", minimum=1)
    steps: int = lab.option(1500, "Training steps of each model.", minimum=1)
    learning_rate: float = lab.option(3e-3, "Peak learning rate.", minimum=0)
    hidden: int = lab.option(128, "Units of the hidden layers.", minimum=1)


def run(options: Options, kinds: Any = KINDS) -> lab.Results:
    """Trains all kinds with all seeds as one program.

    Args:
      options: sizes.
      kinds: label -> hparams.
    """
    data = lab.small_data(options, "photo_patches").changed(partial(halved, side=SIDE))
    run = lab.small_lab(options, data, MEASURES)
    model = models.mlp_vae(ZDIM, (options.hidden,), data.image_shape)
    conditions = []
    for label, own in kinds.items():
        factors = {"kind": label.partition(" = ")[0], "sigma": own["deviation"]}
        conditions.append(lab.Condition(factors, model, own, label, label))
    trained = run.fit(conditions, partial(gaussian_vae, steps=options.steps))
    found = run.evaluate(trained, read, {"image": jnp.asarray(data.test.images)})
    originals = lab.unit(data.test)
    measured = {}
    for condition, seed, name in run.alive(conditions, trained):
        scalars = quality(found[name], originals, ACTIVE, BAND)
        arrays = {"shown": found[name]["shown"]}
        measured[condition, seed] = lab.Measured(scalars, arrays)
    most = principal_variances(lab.unit(data.train))[-ZDIM:]
    kl = [linear_kl(most, c["sigma"] or np.inf) for c in conditions]
    known = {LINEAR: {"active": (np.array(kl) > ACTIVE).sum(1)}}
    return run.results(conditions, measured, [trained], baselines=known)


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    fixed, cells = found.where(kind="σ"), {c.label: c for c in found.conditions}
    low, learnt = cells[f"σ = {COLLAPSED:g}"], cells[LEARNT]
    versus, expect = lab.Expecting(found).versus, partial(lab.Expect, found)
    trend = partial(lab.Trend, over="sigma", among=fixed, label="σ")
    best, sharpest = (found.best(measure, fixed) for measure in (BOUND, KEPT))
    linear = found.baseline(LINEAR, UNITS)
    off = [found.mean(UNITS, c) - linear[found.place(c)] for c in fixed]
    return {
        "collapse": expect(
            trend(UNITS), "decreasing",
            "The larger σ, the fewer coordinates are active: slope per doubling",
        ),
        "linear": lab.Check(
            "Their number minus that of a linear VAE, of each σ the mean over seeds: "
            "largest distance", np.abs(off).max(), most=3, format=".2g",
        ),
        "blur": expect(trend(KEPT), "decreasing", "and the less detail is kept"),
        "annealing": versus(
            cells["annealing"], low, UNITS, "no significant difference",
            f"Annealing minus none (σ = {COLLAPSED:g}): active coordinates",
        ),
        "free": versus(
            cells["free bits"], low, USED, "higher",
            f"Free bits minus none (σ = {COLLAPSED:g}): coordinates that are needed",
        ),
        "price": versus(
            cells["free bits"], low, BOUND, "higher", "and the negative bound",
        ),
        "learnt": versus(
            learnt, best, BOUND, "lower",
            f"Negative bound, σ learnt minus the best fixed one ({best.label})",
        ),
        "sharp": versus(
            learnt, sharpest, KEPT, "higher",
            f"Detail kept, σ learnt minus the best fixed one ({sharpest.label})",
        ),
    }  # fmt: skip


def figures(found: Any) -> list[Any]:
    """What is active and what is seen, against σ; images."""
    lines = lab.Lines(
        (UNITS, KEPT), "sigma", "σ of the likelihood", among={"kind": "σ"},
        series_label="σ fixed", references=(LINEAR, found.find(kind=LEARNT)),
        name="curves", note=f"Active: a KL above {ACTIVE:g} nats. The linear VAE's "
        "number follows from the variances of the images' principal directions.",
    )  # fmt: skip
    originals, shown = lab.unit(found.data.test), found.labelled("shown")
    places = np.linspace(0, len(originals) - 1, 12).astype(int)
    chosen = ("σ = 1", "σ = 0.25", LEARNT, "annealing", "free bits")
    rows = {name: shown[name][places] for name in chosen}
    words = f"Test images and reconstructions; σ = {COLLAPSED:g} in the last two rows."
    sheet = CaptionedFigure(reconstructions(originals[places], rows), "images", words)
    return [*lines.views(found), sheet]


def tables(found: Any) -> list[Table]:
    """All measures of all models."""
    caption = (
        f"Patches of {SIDE} × {SIDE} pixels in colour (D = {3 * SIDE**2}), values in "
        f"[0, 1], of two photographs; dense networks, {ZDIM} latents. Active: KL above "
        f"{ACTIVE:g} nats; needed: reconstructions lose as much if noise replaces the "
        f"coordinate. Detail kept: of the power at {BAND[0]:g} to {BAND[1]:g} cycles "
        "per pixel, 1 minus that of the error over that of the images. Annealing over "
        "half of the steps; κ = 0.5 nats."
    )
    return [by_condition(found, MEASURES, caption)]


QUESTION = lab.Question.of(
    globals(),
    number=7,
    title="Blur and collapse",
    code=(terms,),
    dataset="photo_patches",
    references=(
        "Lucas et al., arXiv:1911.02469 (collapse, and linear VAEs)",
        "Rybkin et al., arXiv:2006.13202 (the variance, learnt)",
        "Bowman et al., arXiv:1511.06349 (annealing)",
        "Kingma et al., arXiv:1606.04934 (free bits)",
    ),
)
