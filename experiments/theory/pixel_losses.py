r"""What do the reconstruction losses MSE, BCE and KL assume, and what do they change?

Each is a likelihood in disguise. MSE is that of Gaussian noise of one variance in all
pixels, BCE that of pixels that are black or white, and the KL divergence of a pixel
differs from BCE by the entropy of the image alone: another value, the same gradient,
bit for bit the same training. Of grey pixels BCE is not a likelihood (it gives all grey
levels together at most half of the probability), but it is still a proper loss: the
best constant is the mean, as with MSE. So none of them is sharper than the others; all
return the mean of what a code leaves possible, with more grey pixels than digits have.

What differs is the way there. Behind a sigmoid the gradient of MSE vanishes where a
pixel is black but should be white, that of BCE is largest there. Plain gradient descent
with MSE stays on such a plateau for a time that grows exponentially with the logit.
Adam, which divides by the size of the gradient, does not notice it for one pixel. In a
network many pixels share a step: within so few steps, training with BCE reaches a lower
BCE, and its squared error is below that of training with MSE as well. A KL divergence
that takes the whole image for one distribution over its pixels is another loss: it does
not see brightness, and reconstructs worse even when brightness is given to it.
"""

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from scipy import integrate, special
from scipy import stats as distributions

from aejax import algorithm, lab, models
from aejax import images as im
from aejax.algorithms.schedules import one_cycle_adam
from aejax.eval.descent import descend
from aejax.lab import Measure
from aejax.lab.blocks.views import Summary
from aejax.lab.question import Claims
from aejax.losses import reconstruction
from aejax.report import figures as drawn
from aejax.report.lessons import DataFigure
from aejax.report.style import COLOURS, new_figure, settle, styled

FORMULAS = (
    (
        r"-\log N(x;\, p, \sigma^2) = \frac{(x - p)^2}{2 \sigma^2} + \mathrm{const}",
        "MSE: Gaussian noise",
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
        r"\frac{\partial\,\mathrm{BCE}}{\partial\ell} = p - x, \qquad "
        r"\frac{\partial (x-p)^2}{\partial\ell} = 2\,(p - x)\,p\,(1 - p)",
        "gradients by the logit, whose sigmoid is p: p (1 − p) is 0 at both ends",
    ),
)

Loss = Callable[[Any, Any], jax.Array]
"""Logits and images [n, h, w, c] to [n]."""


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

BEGIN = -8.0
"""Logit of the wrong pixel that is to become white."""


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
    normal = -distributions.norm.logpdf(x, p, deviation).sum((1, 2, 3))
    constant = 16 * np.log(deviation * np.sqrt(2 * np.pi))
    coin = -distributions.bernoulli.logpmf(white, p).sum((1, 2, 3))
    slope = {
        n: jax.grad(lambda v, f=f: f(v, x).sum())(logits) for n, f in losses.items()
    }
    levels, grid = random.beta(0.3, 0.5, 20), np.linspace(1e-3, 1 - 1e-3, 9981)
    shape = (len(grid), len(levels), 1, 1)
    constants = np.broadcast_to(special.logit(grid)[:, None, None, None], shape)
    wanted = np.broadcast_to(levels[None, :, None, None], shape)

    def best(f: Loss) -> float:
        return abs(grid[np.argmin(f(constants, wanted))] - levels.mean())

    def mass(p: float) -> float:
        return integrate.quad(lambda v: p**v * (1 - p) ** (1 - v), 0, 1)[0]

    kl, brighter = (
        losses["KL of pixels"](special.logit(x), x),
        losses["KL of the image"],
    )
    return {
        "gaussian": np.abs(
            losses["MSE"](logits, x) / 2 / deviation**2 + constant - normal
        ).max(),
        "bernoulli": np.abs(losses["BCE"](logits, white) - coin).max(),
        "kl_gradient": np.abs(slope["KL of pixels"] - slope["BCE"]).max(),
        "kl_least": np.abs(kl).max(),
        "best": max(best(losses[n]) for n in ("MSE", "BCE", "KL of pixels")),
        "mass": max(mass(p) for p in np.linspace(0.01, 0.99, 99)),
        "brightness": np.abs(brighter(logits + 3, x) - brighter(logits, x)).max(),
    }


def gradients(losses: Mapping[str, Loss]) -> dict[str, Any]:
    """Slopes for a pixel that should be white, and descents from far away."""
    logits = jnp.linspace(-10, 10, 401)
    found: dict[str, Any] = {"logits": np.asarray(logits), "slopes": {}, "descents": {}}
    for name in ("MSE", "BCE"):

        def loss(v: jax.Array, f: Loss = losses[name]) -> jax.Array:
            return f(v.reshape(1, 1, 1, 1), jnp.ones((1, 1, 1, 1)))[0]

        found["slopes"][name] = np.asarray(jax.vmap(jax.grad(loss))(logits))
        for way, optimizer in (("descent", optax.sgd(1.0)), ("Adam", optax.adam(0.1))):
            path = descend(loss, BEGIN, optimizer, 4000)
            found["descents"][name, way] = special.expit(path.x)
    return found


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
        lab.Condition({"loss": name}, model, {"loss_number": float(i)}, name)
        for i, name in enumerate(losses)
    ]
    fitted = laboratory.fit(conditions, partial(training, options.steps, losses))
    logits = laboratory.predict(
        fitted, lambda model, params, x: model.apply(params, x), data.test.images
    )
    test, shown = lab.unit(data.test), data.one_per_class
    measured, images = {}, {}
    for condition, seed, name in laboratory.alive(conditions, fitted):
        kind = condition.label
        rebuilt = images[kind, seed] = as_images(kind, logits[name], test)
        measured[condition, seed] = lab.Measured(
            judged(rebuilt, test), {"rebuilt": rebuilt[shown]}
        )
    alike = [
        np.abs(images["BCE", seed] - images["KL of pixels", seed]).max()
        for seed in range(options.seeds)
        if {("BCE", seed), ("KL of pixels", seed)} <= images.keys()
    ]
    return {
        "results": laboratory.results(conditions, measured, [fitted]),
        "shown": test[shown],
        "grey": grey(test),
        "alike": max(alike, default=np.nan),
    }


def judged(rebuilt: np.ndarray, images: np.ndarray) -> dict[str, float]:
    """Both errors of reconstructions, and how many pixels are grey."""
    p = np.clip(rebuilt.astype(np.float64), 1e-7, 1 - 1e-7)
    bits = -images * np.log(p) - (1 - images) * np.log1p(-p)
    return {
        "mse": np.square(rebuilt - images).mean(),
        "bce": bits.sum((1, 2, 3)).mean(),
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


def steps_to_grey(path: np.ndarray) -> int:
    """Steps until the pixel is at 1/2; all of them if it never is."""
    return int((path >= 0.5).argmax()) if (path >= 0.5).any() else len(path)


def claims(found: Any) -> Claims:
    """What the run must show."""
    check, results = lab.Check, found["results"]
    steps = {name: steps_to_grey(path) for name, path in found["descents"].items()}
    mse, bce, _, image = (results.find(loss=name) for name in LOSSES)
    wrong = {name: -float(slope[0]) for name, slope in found["slopes"].items()}
    versus, beats = lab.Expecting(results).versus, lab.Expecting(results).beats
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
        "kl_least": check(
            "KL of pixels is 0 for the image itself, grey or not (BCE is its entropy)",
            found["kl_least"], most=1e-12, unit="nats",
        ),
        "mass": check(
            "BCE taken for a density: probability of all grey levels together, largest",
            found["mass"], most=0.5 + 1e-9, unit="of 1",
        ),
        "best": check(
            "The best constant for many grey levels is their mean, for MSE, BCE and "
            "KL: largest distance from it", found["best"], most=1e-4,
        ),
        "brightness": check(
            "KL of the image does not change if all logits are raised: change",
            found["brightness"], most=1e-10, unit="nats",
        ),
        "slope_bce": check(
            "Gradient by the logit of a pixel that is black (logit −10) and should be "
            "white: BCE", wrong["BCE"], least=0.99,
        ),
        "slope_mse": check("The same: MSE", wrong["MSE"], most=1e-4),
        "plateau": check(
            f"Descent from logit {BEGIN:g}: steps until the pixel is grey, with MSE, "
            "in multiples of those with BCE",
            steps["MSE", "descent"] / steps["BCE", "descent"], least=100,
        ),
        "adam": check(
            "The same with Adam", steps["MSE", "Adam"] / steps["BCE", "Adam"], most=1.5,
        ),
        "alike": check(
            "Trained with KL of pixels and with BCE, autoencoders give the same "
            "images: largest difference of a pixel", found["alike"], most=1e-3,
        ),
        "bce": versus(
            bce, mse, BCE, "lower", "BCE after training with BCE, compared with MSE"
        ),
        "mse": versus(
            bce, mse, MSE, "lower",
            "Squared error after training with BCE, compared with MSE",
        ),
        "image": versus(
            image, bce, MSE, "higher",
            "Squared error after training with KL of the image, compared with BCE",
        ),
        "blur": beats(
            bce, GREY, found["grey"], "higher",
            "Grey pixels of reconstructions trained with BCE, compared with digits",
            "digits",
        ),
    }  # fmt: skip


def figures(found: Any) -> list[DataFigure]:
    """Gradients and descents; reconstructions of each loss."""
    rows = found["results"].labelled("rebuilt")
    return [
        curves(found),
        DataFigure(
            drawn.reconstructions(found["shown"], rows),
            "images",
            "Test digits and their reconstructions by the same autoencoder (same "
            "initial weights and batches), trained with each loss. KL of the image "
            "leaves brightness open: it is taken from the original.",
        ),
    ]


@styled()
def curves(found: Any) -> DataFigure:
    """The slope at each logit, and the way of a pixel under two optimizers."""
    figure = new_figure(8.4, 3.0)
    left, right = figure.subplots(1, 2)
    for colour, (name, slope) in zip(COLOURS, found["slopes"].items(), strict=False):
        words = "BCE and KL of pixels" if name == "BCE" else name
        left.plot(found["logits"], -slope, color=colour, label=words)
        for way, style in (("descent", "-"), ("Adam", "--")):
            path = found["descents"][name, way]
            number = np.arange(1, len(path) + 1)
            right.plot(number, path, style, color=colour, label=f"{name}, {way}")
    left.set(xlabel="logit of a pixel that should be 1", ylabel="size of the gradient")
    right.set(xlabel="step", ylabel="grey level of the pixel", xscale="log")
    left.legend(loc="center right", fontsize=8)
    figure.legend(*right.get_legend_handles_labels(), loc="outside right center")
    return DataFigure(
        settle(figure),
        "gradients",
        "Left: gradient by the logit of a pixel that should be white. With MSE it "
        "vanishes where the pixel is most wrong. Right: the way of a pixel that "
        f"begins at logit {BEGIN:g}, with gradient descent (rate 1) and Adam (0.1).",
    )


def tables(found: Any) -> list[Any]:
    """Each loss judged by each."""
    note = f"Of the digits themselves {found['grey']:.1%} of the pixels are grey."
    return [*Summary(MEASURES, note=note).views(found["results"])]


QUESTION = lab.Question.of(
    globals(),
    number=3,
    title="Reconstruction losses: MSE, BCE, KL",
    code=tuple(LOSSES.values()),
    dataset="mnist_5k",
    references=(
        "Loaiza-Ganem & Cunningham, The continuous Bernoulli, arXiv:1907.06845 (what "
        "BCE lacks to be a likelihood of grey pixels)",
    ),
)
