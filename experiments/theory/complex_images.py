"""Why are VAEs of natural images blurred, and what makes their latents collapse?

A VAE with a Gaussian likelihood weighs errors by the likelihood's variance σ². A
direction of the data whose variance is below σ² is not worth its KL: the posterior of
that coordinate is the prior (collapse), and the decoder shows the mean of all images
that share the other latents. Natural images have little variance in fine detail, so
detail is what goes first: blur. A large fixed σ, such as the 1 that is hidden in "mean
squared error plus KL", therefore collapses most coordinates, about as many as the
formula of a linear VAE says. Nor is this an accident of training: annealing the KL
leads to the same end. Free bits give each coordinate its free nats by construction; the
decoder does use them, but the bound pays. The remedy is σ itself: learnt, it becomes
the root of the mean squared error, which gives the best bound, the least error and most
of the detail. Samples are another matter. They are not blurred images but wrong ones,
with more detail than reconstructions: the codes of images do not fill the prior.
"""

import dataclasses
from functools import partial
from typing import Any

import jax.numpy as jnp
import numpy as np

from aejax import images, lab, models
from aejax.algorithms.gaussian_vae import WEIGHTS, gaussian_vae, terms
from aejax.data import Images
from aejax.data.shrink import halved
from aejax.eval.collapse import linear_kl
from aejax.eval.gaussian_vae import read
from aejax.eval.spectrum import detail, kept, spectrum
from aejax.lab.blocks.views import by_condition
from aejax.report.figures import grids
from aejax.report.lessons import DataFigure
from aejax.report.style import COLOURS, INK, MARKERS, QUIET, new_figure, settle, styled
from aejax.report.tables import Table

FORMULAS = (
    (
        r"-\log p(x|z) = \frac{\|x - g(z)\|^2}{2 \sigma^2} + \frac{D}{2} \log 2\pi "
        r"\sigma^2",
        "of an image of D values that is decoded as g(z); σ² is to the KL as β is",
    ),
    (
        r"\sigma^2 = \frac{1}{D}\, \mathbb{E}\,\|x - g(z)\|^2",
        "its optimum, the mean squared error",
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

SIDE, ZDIM = 12, 24
ACTIVE = 0.1
"""A coordinate of a lower KL, in nats, has collapsed."""

FIXED = (1.0, 0.5, 0.25, 0.125, 0.0625)
COLLAPSED = 0.5
"""The σ of which annealing and free bits are tried."""

LEARNT = "σ learnt"
BOUND = lab.Measure("bound", "negative ELBO per value", "nats", ".3f", "lower")
MSE = lab.Measure("mse", "reconstruction MSE", "", ".4f", "lower")
KL = lab.Measure("kl", "KL", "nats", ".1f")
UNITS = lab.Measure("active", "active coordinates", "", ".1f")
USED = lab.Measure("used", "needed coordinates", "", ".1f")
KEPT = lab.Measure("kept", "detail kept", "%", ".1f", "higher", scale=100)
PASSED = lab.Measure("passed", "detail of reconstructions", "%", ".0f", scale=100)
SAMPLED = lab.Measure("sampled", "detail of samples", "%", ".0f", scale=100)
SIGMA = lab.Measure("sigma", "σ", "", ".3f")
MEASURES = (BOUND, MSE, KL, UNITS, USED, KEPT, PASSED, SAMPLED, SIGMA)
BAND = (0.15, 0.25)


@dataclasses.dataclass(frozen=True)
class Options(lab.TrainedOptions):
    """Sizes."""

    seeds: int = lab.option(4, "Of each model, seeds 0, 1 ...", minimum=1)
    steps: int = lab.option(1500, "Training steps of each model.", minimum=1)
    learning_rate: float = lab.option(3e-3, "Peak learning rate.", minimum=0)
    hidden: int = lab.option(128, "Units of the hidden layers.", minimum=1)
    annealing: float = lab.option(0.5, "Fraction of the steps, annealed.", above=0)
    free_bits: float = lab.option(0.5, "Free nats of each coordinate.", above=0)


def run(options: Options, kinds: Any = None) -> lab.Results:
    """Trains all kinds with all seeds as one program.

    Args:
      options: sizes.
      kinds: `{label: hparams}` instead of `all_kinds(options)`, under test.
    """
    data = lab.small_data(options, "photo_patches").changed(partial(halved, side=SIDE))
    run = lab.small_lab(options, data, MEASURES)
    model = models.mlp_vae(ZDIM, (options.hidden,), data.image_shape)
    chosen = kinds or all_kinds(options)
    conditions = [
        lab.Condition(
            {"kind": label, "sigma": own["deviation"]}, model, own, label, label
        )
        for label, own in chosen.items()
    ]
    trained = run.fit(conditions, partial(gaussian_vae, steps=options.steps))
    shown = jnp.asarray(data.test.images)
    found = run.evaluate(trained, read, {"image": shown})
    originals = np.asarray(images.unit(shown))
    measured = {
        (condition, seed): measure(found[name], originals)
        for condition, seed, name in run.alive(conditions, trained)
    }
    facts = {"variances": variances(data.train), "originals": originals}
    return run.results(conditions, measured, [trained], facts=facts)


def fixed_ones(found: Any) -> list[lab.Condition]:
    """The plain models of a fixed σ."""
    return [c for c in found.conditions if c.label.startswith("σ = ")]


def linear_active(found: Any, sigma: float) -> int:
    """Coordinates that a linear VAE of this σ would use, by formula."""
    return min(int((linear_kl(found.facts["variances"], sigma) > ACTIVE).sum()), ZDIM)


def variances(part: Images) -> np.ndarray:
    """Of the principal directions of images, the largest first."""
    rows = lab.unit(part).reshape(len(part.labels), -1)
    return np.linalg.eigvalsh(np.cov(rows, rowvar=False))[::-1]


def all_kinds(options: Options) -> dict[str, dict[str, float]]:
    """What is compared: label -> hparams."""
    fixed = {f"σ = {s:g}": {"deviation": s} for s in FIXED}
    low = {"deviation": COLLAPSED}
    further = {
        LEARNT: {"deviation": 0.0},
        "annealing": low | {"annealing": options.annealing},
        "free bits": low | {"free_bits": options.free_bits},
    }
    return {label: {**WEIGHTS, **own} for label, own in (fixed | further).items()}


def measure(found: Any, originals: np.ndarray) -> lab.Measured:
    """All measures of one model."""
    scalars = {name: found[name] for name in ("bound", "kl", "sigma")}
    return lab.Measured(
        {
            **scalars,
            "mse": np.square(found["shown"] - originals).mean(),
            "active": (found["kl_each"] > ACTIVE).sum(),
            "used": (found["lost"] > ACTIVE).sum(),
            "kept": kept(found["shown"], originals, BAND),
            "passed": detail(found["passed"], originals, BAND),
            "sampled": detail(found["drawn"], originals, BAND),
        },
        {name: found[name] for name in ("shown", "drawn")},
    )


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    fixed = fixed_ones(found)
    cells = {c.label: c for c in found.conditions}
    low, learnt = cells[f"σ = {COLLAPSED:g}"], cells[LEARNT]
    versus, expect = lab.Expecting(found).versus, partial(lab.Expect, found)
    trend = partial(lab.Trend, over="sigma", among=fixed, label="σ")
    best, sharpest = (found.best(measure, fixed) for measure in (BOUND, MSE))
    off = [found.mean(UNITS, c) - linear_active(found, c["sigma"]) for c in fixed]
    same = "no significant difference"
    return {
        "collapse": expect(
            trend(UNITS), "decreasing",
            "The larger σ, the fewer coordinates are active: slope per doubling",
        ),
        "linear": lab.Check(
            "Their number minus that of a linear VAE, of each σ the mean over seeds: "
            "largest distance", np.abs(off).max(), most=3, format=".2g",
        ),
        "error": expect(trend(MSE), "increasing", "and the larger is the error"),
        "blur": expect(trend(KEPT), "decreasing", "and the less detail is kept"),
        "annealing": versus(
            cells["annealing"], low, UNITS, same,
            f"Annealing minus none (σ = {COLLAPSED:g}): active coordinates",
        ),
        "annealed": versus(
            cells["annealing"], low, BOUND, same, "and the negative bound",
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
        "sharpest": versus(
            learnt, sharpest, MSE, "lower",
            f"Error, σ learnt minus the fixed one of least error ({sharpest.label})",
        ),
        "sharp": versus(
            learnt, sharpest, KEPT, "higher", "and the detail that is kept",
        ),
        "samples": expect(
            lab.Versus(learnt, learnt, SAMPLED, against_measure=PASSED), "higher",
            "Detail of samples minus that of reconstructions (σ learnt)",
        ),
    }  # fmt: skip


@styled()
def figures(found: Any) -> list[DataFigure]:
    """Active coordinates against σ, power against frequency; images."""
    figure = new_figure(7.6, 4.0)
    left, right = figure.subplots(1, 2)
    sizes = np.geomspace(0.04, 1.25, 60)
    linear = [linear_active(found, s) for s in sizes]
    left.plot(sizes, linear, ":", color=QUIET, label="linear VAE, by formula")
    fixed = fixed_ones(found)
    others = [c for c in found.conditions if c not in fixed]
    groups = [("σ fixed", fixed), *((c.label, [c]) for c in others)]
    looks = zip(COLOURS, MARKERS, groups, strict=False)
    for colour, marker, (label, among) in looks:
        x, y = (found.by_seed(m, among).ravel() for m in (SIGMA, UNITS))
        left.plot(x, y, marker, color=colour, label=label, alpha=0.7)
    left.set(xscale="log", xlabel="σ of the likelihood", ylabel="active coordinates")
    right.plot(*spectrum(found.facts["originals"]), color=INK, label="images")
    labels = ("σ = 1", LEARNT, f"σ = {FIXED[-1]:g}")
    for colour, label in zip(COLOURS, labels, strict=False):
        for word, name, style in (("shown", "", "-"), ("drawn", "samples, ", "--")):
            x, y = spectrum(found.array(word, found.find(kind=label)))
            right.plot(x, y, style, color=colour, label=name + label)
    right.axvspan(*BAND, color=QUIET, alpha=0.15, linewidth=0)
    right.set(yscale="log", xlabel="frequency [cycles per pixel]", ylabel="power")
    right.set_ylim(bottom=1e-5)
    for axes in (left, right):
        axes.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
    first = DataFigure(
        settle(figure),
        "curves",
        f"Left: how many coordinates of each model have a KL above {ACTIVE:g} nats, a "
        "point per seed, and how many of a linear VAE would, by the variances of the "
        "images' principal directions. Right: power of test images and of what models "
        "show (dashed: samples), against spatial frequency; grey: where detail is "
        "measured.",
    )
    originals = found.facts["originals"]
    places = np.linspace(0, len(originals) - 1, 12).astype(int)
    rows = [("image", originals[places])]
    fine, both = f"σ = {FIXED[-1]:g}", ("annealing", "free bits")
    for label in ("σ = 1", "σ = 0.25", fine, LEARNT, *both):
        rows.append((label, found.array("shown", found.find(kind=label))[places]))
    for label in ("σ = 1", fine, LEARNT):
        drawn = found.array("drawn", found.find(kind=label))[places]
        rows.append((f"samples, {label}", drawn))
    second = DataFigure(
        grids.sheet(rows),
        "images",
        "Test images, their reconstructions, and in the last rows samples. Annealing "
        f"and free bits have σ = {COLLAPSED:g}.",
    )
    return [first, second]


def tables(found: Any) -> list[Table]:
    """All measures of all models."""
    train, test = found.data.train.images, found.data.test.images
    free = found.find(kind="free bits").hparams["free_bits"]
    caption = (
        f"{len(train):,} patches of {SIDE} × {SIDE} pixels in colour (D = "
        f"{train[0].size}), values in [0, 1], of two photographs, and {len(test):,} "
        f"others for the test; dense networks, {ZDIM} latents. Active: KL above "
        f"{ACTIVE:g} nats; needed: reconstructions lose as much if noise replaces the "
        f"coordinate. Detail: power at {BAND[0]:g} to {BAND[1]:g} cycles per pixel as "
        "a fraction of that of the images; kept: 1 minus that of the error. Annealing "
        f"over half of the steps; κ = {free:g} nats."
    )
    return [by_condition(found, MEASURES, caption)]


QUESTION = lab.Question.of(
    globals(),
    number=7,
    title="Blur and collapse",
    code=(all_kinds, terms),
    dataset="photo_patches",
    references=(
        "Lucas et al., Don't blame the ELBO! A linear VAE perspective on posterior "
        "collapse, 2019",
        "Rybkin et al., Simple and effective VAE training with calibrated decoders, "
        "2021",
        "Bowman et al., Generating sentences from a continuous space, 2016 (annealing)",
        "Kingma et al., Improving variational inference with inverse autoregressive "
        "flow, 2016 (free bits)",
    ),
)
