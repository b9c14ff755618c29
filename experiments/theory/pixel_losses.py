r"""What do the reconstruction losses MSE, BCE and KL assume, and what do they change?

Two are likelihoods in disguise. MSE is that of Gaussian noise of one variance in all
pixels, BCE that of pixels that are black or white, and the KL divergence of a pixel
differs from BCE by the entropy of the image alone: another value, the same gradient,
the same training. Of grey levels x, BCE is not a likelihood (over all x, its density
has an integral of at most 1/2 instead of 1), but it is still a proper loss: the best
constant is the mean, as with MSE. So none of these three asks for sharper images than
the others. The best answer of each is the mean of what a code leaves possible, and that
has more grey pixels than digits have.

What differs is the way there. Behind a sigmoid the gradient of MSE vanishes where a
pixel is black but should be white, or white but should be black; that of BCE is largest
there. Plain gradient descent with MSE stays on such a plateau for a time that grows
exponentially with the logit. (It takes both: the output of a Gaussian is usually
linear, without a sigmoid, and has no plateau.) Adam, which divides by the size of the
gradient, does not notice it for one pixel. An autoencoder, trained by Adam for a few
hundred steps, reaches a lower BCE with BCE, and a lower squared error, too, than with
MSE at the same learning rate, of two. But MSE at the higher rate is ahead of BCE at the
lower one: all this says how far training has come, not where it ends. A KL divergence
that takes the whole image for one distribution over its pixels is another loss: it does
not see brightness, and at the same rate it reconstructs worse even when brightness is
given to it.
"""

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from matplotlib.lines import Line2D
from scipy import special
from scipy import stats as distributions

from aejax import algorithm, lab, models
from aejax import images as im
from aejax.algorithms.schedules import one_cycle_adam
from aejax.eval.descent import descend, steps_until
from aejax.eval.linearity import order
from aejax.eval.proper import Loss, best_constant, mass, of_pixel
from aejax.lab import Measure
from aejax.lab.blocks.views import Summary
from aejax.lab.question_claims import Claims, all_minus
from aejax.losses import reconstruction
from aejax.report import figures as drawn
from aejax.report.lessons import DataFigure
from aejax.report.style import COLOURS, INK, new_figure, settle, styled

FORMULAS = (
    (
        r"-\log N(x;\, p, \sigma^2) = \frac{(x - p)^2}{2 \sigma^2} + \mathrm{const}",
        "MSE: Gaussian noise; x is the pixel, p what the model gives",
    ),
    (
        r"-\log \left(p^x (1-p)^{1-x}\right) = -x \log p - (1-x) \log (1-p)",
        "BCE: a coin for each pixel, x = 0 or 1",
    ),
    (
        r"\mathrm{KL}(x\,||\,p) = \mathrm{BCE}(x, p) - H(x)",
        "KL of a pixel: the entropy H(x) does not depend on p",
    ),
    (
        r"\mathrm{KL}(q\,||\,\mathrm{softmax}(\ell)), \qquad q = x / \sum x",
        "KL of the image, from the logits of all its pixels",
    ),
    (
        r"\frac{\partial\,\mathrm{BCE}}{\partial\ell} = p - x, \qquad "
        r"\frac{\partial (x-p)^2}{\partial\ell} = 2\,(p - x)\,p\,(1 - p)",
        "gradients by the logit, whose sigmoid is p: p (1 − p) is 0 at both ends; if p "
        "is a linear output, that of MSE by p is 2 (p − x)",
    ),
)

LOSSES: Mapping[str, Loss] = {
    "MSE": reconstruction.squared,
    "BCE": reconstruction.bernoulli,
    "KL of pixels": reconstruction.pixel_kl,
    "KL of the image": reconstruction.image_kl,
}

MEASURES = (
    MSE := Measure("mse", "squared error per pixel", "", ".4f", "lower"),
    BCE := Measure("bce", "BCE", "nats", ".1f", "lower"),
    GREY := Measure("grey", "pixels between 0.1 and 0.9", "%", ".1f", scale=100),
)

TRAINED = ("MSE", "BCE", "KL of the image")

FASTER = 3
"""MSE and BCE are also trained with so many times the learning rate."""

STARTS = (-4.0, -6.0, -8.0)
"""Logits of a black pixel that is to become white."""

TARGETS = {1.0: "-", 0.3: "--", 0.0: ":"}
"""Grey levels that a pixel should have, and how their curves are drawn."""


@dataclasses.dataclass(frozen=True)
class Options(lab.TrainedOptions):
    """Sizes."""

    seeds: int = lab.option(4, "Models of each loss.", minimum=1)
    steps: int = lab.option(400, "Training steps of each model.", minimum=1)
    hidden: int = lab.option(128, "Units of the hidden layers.", minimum=1)
    zdim: int = lab.option(16, "Length of the code.", minimum=1)


def run(options: Options, losses: Mapping[str, Loss] = LOSSES) -> dict[str, Any]:
    """Compares losses on single pixels, then trains one autoencoder with each.

    Args:
      options: sizes.
      losses: under test.
    """
    with jax.enable_x64(True):
        found = likelihoods(losses)
    return found | gradients(losses) | trained(options, losses)


def likelihoods(losses: Mapping[str, Loss]) -> dict[str, Any]:
    """How far each loss is from its likelihood; what minimises it."""
    random = np.random.default_rng(0)
    logits, x = random.normal(0, 2, (5, 4, 4, 1)), random.uniform(size=(5, 4, 4, 1))
    p, white, deviation = special.expit(logits), (x > 0.5) * 1.0, 0.3
    normal = distributions.norm(p, deviation)
    least = normal.logpdf(p).sum((1, 2, 3))  # Of the -log likelihood: its constant.
    squared = -normal.logpdf(x).sum((1, 2, 3)) + least
    coin = -distributions.bernoulli.logpmf(white, p).sum((1, 2, 3))
    slope = {
        n: jax.grad(lambda v, f=f: f(v, x).sum())(logits) for n, f in losses.items()
    }
    levels, brighter = random.beta(0.3, 0.5, 20), losses["KL of the image"]
    best = [best_constant(losses[n], levels) for n in ("MSE", "BCE", "KL of pixels")]
    return {
        "gaussian": np.abs(losses["MSE"](logits, x) / 2 / deviation**2 - squared).max(),
        "bernoulli": np.abs(losses["BCE"](logits, white) - coin).max(),
        "kl_gradient": np.abs(slope["KL of pixels"] - slope["BCE"]).max(),
        "best": np.abs(best - levels.mean()).max(),
        "mass": max(mass(losses["BCE"], p) for p in np.linspace(0.1, 0.9, 9)),
        "brightness": np.abs(brighter(logits + 3, x) - brighter(logits, x)).max(),
    }


def gradients(losses: Mapping[str, Loss]) -> dict[str, Any]:
    """Slopes by the logit, and descents of a pixel that should be white."""
    logits = jnp.linspace(-10, 10, 401)
    slopes, paths = {}, {}
    for name in ("MSE", "BCE"):
        one = of_pixel(losses[name])
        for x in TARGETS:
            slope = jax.vmap(jax.grad(one), (0, None))
            slopes[name, x] = np.asarray(slope(logits, x))
        ways = [("descent", v, optax.sgd(1.0)) for v in STARTS]
        for way, begin, rule in (*ways, ("Adam", STARTS[-1], optax.adam(0.1))):
            path = descend(partial(one, x=1.0), begin, rule, 4000)
            paths[name, way, begin] = special.expit(path.x)
    return {"logits": np.asarray(logits), "slopes": slopes, "paths": paths}


def training(steps: int, losses: Any, model: Any) -> algorithm.Algorithm:
    """An autoencoder; `loss_number` in a member's hparams says with which loss."""

    def loss(params: Any, batch: Any, key: jax.Array, hparams: Any) -> Any:
        del key
        shown = im.unit(batch["image"])
        logits = model.apply(params, shown)
        each = jnp.stack([f(logits, shown).mean() for f in losses.values()])
        return each[hparams["loss_number"].astype(jnp.int32)], {}

    return algorithm.gradient(model, loss, one_cycle_adam(steps))


def trained(options: Options, losses: Mapping[str, Loss]) -> dict[str, Any]:
    """The same autoencoder with each loss, all in one program."""
    data = lab.small_data(options, "mnist_5k")
    laboratory = lab.small_lab(options, data, MEASURES)
    model = models.MlpAutoencoder(options.zdim, (options.hidden,), data.image_shape)
    conditions = [
        lab.Condition(
            {"loss": name, "times": times},
            model,
            {"loss_number": float(i), "learning_rate": times * options.learning_rate},
            name if times == 1 else f"{name}, rate × {times:g}",
        )
        for i, name in enumerate(TRAINED)
        for times in ((1, FASTER) if name in ("MSE", "BCE") else (1,))
    ]
    chosen = {name: losses[name] for name in TRAINED}
    fitted = laboratory.fit(conditions, partial(training, options.steps, chosen))
    logits = laboratory.predict(
        fitted, lambda model, params, x: model.apply(params, x), data.test.images
    )
    test, shown, measured = lab.unit(data.test), data.one_per_class, {}
    for condition, seed, name in laboratory.alive(conditions, fitted):
        rebuilt = as_images(condition["loss"], logits[name], test)
        arrays = {"rebuilt": rebuilt[shown]}
        measured[condition, seed] = lab.Measured(judged(rebuilt, test), arrays)
    results = laboratory.results(conditions, measured, [fitted])
    return {"results": results, "shown": test[shown], "grey": grey(test)}


def judged(rebuilt: np.ndarray, images: Any) -> dict[str, float]:
    """Both errors of reconstructions, and how many pixels are grey."""
    p = np.clip(rebuilt.astype(np.float64), 1e-7, 1 - 1e-7)
    logits: Any = special.logit(p)
    return {
        "mse": float(np.square(rebuilt - images).mean()),
        "bce": float(np.mean(reconstruction.bernoulli(logits, images))),
        "grey": grey(rebuilt),
    }


def as_images(loss: str, logits: np.ndarray, originals: np.ndarray) -> np.ndarray:
    """Images of logits; a distribution over pixels gets the original's brightness."""
    if loss != "KL of the image":
        return special.expit(logits)
    p = special.softmax(logits, (1, 2, 3))
    return np.clip(p * originals.sum((1, 2, 3), keepdims=True), 0, 1)


def grey(images: np.ndarray) -> float:
    """Fraction of pixels that are neither black nor white."""
    return float(((images > 0.1) & (images < 0.9)).mean())


def claims(found: Any) -> Claims:
    """What the run must show."""
    check, results = lab.Check, found["results"]
    steps = {name: steps_until(path, 0.5) for name, path in found["paths"].items()}
    far, times = STARTS[-1], [steps["MSE", "descent", v] for v in STARTS]
    mse, bce, image = (results.find(loss=name, times=1) for name in TRAINED)
    fast, fast_bce = (results.find(loss=n, times=FASTER) for n in TRAINED[:2])
    compared = {"image": (image, bce, MSE, "higher")}
    for m in (MSE, BCE):
        compared |= {
            m.name: (bce, mse, m, "lower"),
            f"{m.name}_faster": (fast_bce, fast, m, "lower"),
            f"{m.name}_rate": (fast, bce, m, "lower"),
        }
    beats = lab.Expecting(results).beats
    return {
        "gaussian": check(
            "Squared error / 2σ² plus a constant is the Gaussian −log likelihood: "
            "largest difference", found["gaussian"], most=1e-10, unit="nats",
        ),
        "bernoulli": check(
            "BCE of black and white pixels is the Bernoulli −log likelihood: largest "
            "difference", found["bernoulli"], most=1e-10, unit="nats",
        ),
        "kl_gradient": check(
            "KL of pixels and BCE have one gradient: largest difference",
            found["kl_gradient"], most=1e-12,
        ),
        "mass": check(
            "BCE taken for a density of grey levels: its integral (1 for a density), "
            "largest", found["mass"], most=0.5 + 1e-9,
        ),
        "best": check(
            "The best constant for many grey levels is their mean, for MSE, BCE and "
            "KL: largest distance from it", found["best"], most=1e-4,
        ),
        "brightness": check(
            "KL of the image does not change if all logits are raised: change",
            found["brightness"], most=1e-10, unit="nats",
        ),
        "plateau": check(
            f"Descent from logit {far:g}: steps until the pixel is at 1/2, with MSE, "
            "in multiples of those with BCE",
            times[-1] / steps["BCE", "descent", far], least=100,
        ),
        "exponential": check(
            f"Steps with MSE from logits {', '.join(f'{v:g}' for v in STARTS)}: k in "
            "exp(k |logit|)", order(np.exp(np.abs(STARTS)), times),
            least=0.85, most=1.15,
        ),
        "adam": check(
            f"From logit {far:g} with Adam: steps with MSE, in multiples of those with "
            "BCE", steps["MSE", "Adam", far] / steps["BCE", "Adam", far], most=1.5,
        ),
        **all_minus(results, compared),
        "blur": beats(
            bce, GREY, found["grey"], "higher",
            "Grey pixels of reconstructions trained with BCE, compared with digits",
            "digits",
        ),
    }  # fmt: skip


def figures(found: Any) -> list[DataFigure]:
    """Gradients and descents; reconstructions of each loss."""
    results = found["results"]
    rows = results.labelled("rebuilt", {"times": 1})
    return [
        curves(found),
        DataFigure(
            drawn.reconstructions(found["shown"], rows),
            "images",
            "Test digits and their reconstructions by the same autoencoder (same "
            "initial weights and batches), trained with each loss. All have grey edges "
            "where digits have sharp ones. KL of the image leaves brightness open: its "
            "softmax is multiplied by the sum of the original's pixels.",
        ),
    ]


@styled()
def curves(found: Any) -> DataFigure:
    """Slopes at each logit, the way of a pixel, and how long its ways take."""
    figure = new_figure(9.2, 3.3)
    left, middle, right = figure.subplots(1, 3)
    for colour, loss in zip(COLOURS, ("MSE", "BCE"), strict=False):
        for x, style in TARGETS.items():
            left.plot(found["logits"], found["slopes"][loss, x], style, color=colour)
        for way, style in (("descent", "-"), ("Adam", "--")):
            path = found["paths"][loss, way, STARTS[-1]]
            middle.plot(np.arange(1, len(path) + 1), path, style, color=colour)
        times = [steps_until(found["paths"][loss, "descent", v], 0.5) for v in STARTS]
        right.plot(STARTS, times, "o-", color=colour, label=loss)
    left.set(xlabel="logit of the pixel", ylabel="gradient by the logit")
    middle.set(xlabel="step", ylabel="grey level of the pixel", xscale="log")
    right.set(xlabel="logit at the start", ylabel="steps to grey level 1/2")
    right.set(yscale="log", xticks=STARTS)
    for axes, styles in (
        (left, {f"x = {x:g}": style for x, style in TARGETS.items()}),
        (middle, {"descent": "-", "Adam": "--"}),
    ):
        marks = [Line2D([], [], ls=style, color=INK) for style in styles.values()]
        axes.legend(marks, list(styles), fontsize=8, loc="upper left")
    handles, _ = right.get_legend_handles_labels()
    names = ["MSE behind a sigmoid", "BCE, and KL of pixels"]
    figure.legend(handles, names, loc="outside lower center", ncols=2)
    return DataFigure(
        settle(figure),
        "gradients",
        "Left: gradient by the logit of a pixel that should have grey level x. That of "
        "MSE vanishes at both ends, also where the pixel is most wrong. Middle: the "
        f"way to x = 1 of a pixel that begins at logit {STARTS[-1]:g}, with gradient "
        "descent (rate 1) and Adam (0.1). Right: steps of descent from other starts.",
    )


def tables(found: Any) -> list[Any]:
    """Each loss judged by each."""
    note = f"Of the digits themselves {found['grey']:.1%} of the pixels are grey."
    return [*Summary(MEASURES, note=note).views(found["results"])]


QUESTION = lab.Question.of(
    globals(),
    number=3,
    title="Reconstruction losses",
    code=tuple(LOSSES.values()),
    dataset="mnist_5k",
    references=(
        "Loaiza-Ganem & Cunningham, The continuous Bernoulli, arXiv:1907.06845 (what "
        "BCE lacks to be a likelihood of grey pixels)",
    ),
)
