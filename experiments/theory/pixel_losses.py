r"""What do the reconstruction losses MSE, BCE and KL assume, and what do they change?

Two are likelihoods in disguise. MSE is that of Gaussian noise of one variance in all
pixels, BCE that of pixels that are black or white, and the KL divergence of a pixel
differs from BCE by the entropy of the image alone: another value, the same gradient,
the same training. The best constant is the mean for all three, so none of them asks for
sharper images than the others, and all three leave grey edges (Figure 3.2).

What differs is the way there. Behind a sigmoid the gradient of MSE vanishes where a
pixel is black but should be white, or white but should be black; that of BCE is largest
there. Plain gradient descent with MSE stays long on such a plateau. Adam trains an
autoencoder for a few hundred steps to a lower squared error with BCE than with MSE
itself, at the same learning rate. But MSE at a higher rate is ahead of BCE at the lower
one: all this says how far training has come, not where it ends.
"""

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from scipy import special
from scipy import stats as distributions

from aejax import lab, models
from aejax.algorithms.autoencoder import of_several_errors
from aejax.eval.descent import descend, steps_until
from aejax.eval.proper import Loss, best_constant, of_pixel
from aejax.lab.question_claims import Claims, all_minus
from aejax.losses import reconstruction
from aejax.report import figures as drawn
from aejax.report.lessons import DataFigure

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
        r"\frac{\partial\,\mathrm{BCE}}{\partial\ell} = p - x, \qquad "
        r"\frac{\partial (x-p)^2}{\partial\ell} = 2\,(p - x)\,p\,(1 - p)",
        "gradients by the logit, whose sigmoid is p: p (1 − p) is 0 at both ends",
    ),
)

LOSSES: Mapping[str, Loss] = {
    "MSE": reconstruction.squared,
    "BCE": reconstruction.bernoulli,
    "KL": reconstruction.pixel_kl,
}
TRAINED = {
    "MSE": ("MSE", 1), "MSE, rate × 3": ("MSE", 3), "BCE": ("BCE", 1), "KL": ("KL", 1)
}  # fmt: skip
"""Label -> loss, and how many times the learning rate."""

START = -8.0
"""Logit of a black pixel that is to become white."""

MSE = lab.Measure("mse", "squared error per pixel", "", ".4f", "lower")


@dataclasses.dataclass(frozen=True)
class Options(lab.TrainedOptions):
    """Sizes."""

    seeds: int = lab.option(4, "Models of each loss.", minimum=1)
    steps: int = lab.option(400, "Training steps of each model.", minimum=1)


def run(options: Options, losses: Mapping[str, Loss] = LOSSES) -> dict[str, Any]:
    """Compares losses (under test) on pixels; trains one autoencoder with each."""
    with jax.enable_x64(True):
        found = likelihoods(losses)
    return {**found, **gradients(losses), "results": trained(options, losses)}


def likelihoods(losses: Mapping[str, Loss]) -> dict[str, Any]:
    """How far each loss is from its likelihood; what minimises it."""
    random = np.random.default_rng(0)
    logits, x = random.normal(0, 2, (80, 1, 1, 1)), random.uniform(size=(80, 1, 1, 1))
    p, white, deviation = special.expit(logits), (x > 0.5) * 1.0, 0.3
    normal, coin = distributions.norm(p, deviation), distributions.bernoulli(p)
    gaussian = (normal.logpdf(p) - normal.logpdf(x)).ravel()  # Without its constant.
    slopes = {n: jax.grad(lambda v, f=losses[n]: f(v, x).sum())(logits) for n in losses}
    levels = random.beta(0.3, 0.5, 20)
    best = [best_constant(loss, levels) for loss in losses.values()]
    found = {
        "gaussian": losses["MSE"](logits, x) / 2 / deviation**2 - gaussian,
        "bernoulli": losses["BCE"](logits, white) + coin.logpmf(white).ravel(),
        "kl_gradient": slopes["KL"] - slopes["BCE"],
        "best": best - levels.mean(),
    }
    return {name: np.abs(apart).max() for name, apart in found.items()}


def gradients(losses: Mapping[str, Loss]) -> dict[str, Any]:
    """Slopes by the logit, and steps of a descent from black to grey, towards white."""
    logits = jnp.linspace(-10, 10, 401)
    slopes, steps = {}, {}
    for name in ("MSE", "BCE"):
        one = of_pixel(losses[name])
        for x in (1.0, 0.3):
            slope = jax.vmap(partial(jax.grad(one), x=x))(logits)
            slopes[f"{name}, x = {x:g}"] = logits, slope
        path = descend(partial(one, x=1.0), START, optax.sgd(1.0), 4000)
        steps[name] = steps_until(path.x, 0.0)
    return {"slopes": slopes, "steps": steps}


def trained(options: Options, losses: Mapping[str, Loss]) -> lab.Results:
    """The same autoencoder with each loss, all in one program."""
    data = lab.small_data(options, "mnist_5k")
    laboratory = lab.small_lab(options, data, (MSE,))
    model = models.MlpAutoencoder(16, (128,), data.image_shape)
    rate, names = options.learning_rate, list(losses)
    conditions = [
        lab.Condition(
            {"loss": loss, "times": times}, model,
            {"error": float(names.index(loss)), "learning_rate": times * rate}, label,
        )
        for label, (loss, times) in TRAINED.items()
    ]  # fmt: skip
    make = partial(of_several_errors, errors=[*losses.values()], steps=options.steps)
    fitted = laboratory.fit(conditions, make)
    rebuilt = laboratory.predict(
        fitted, partial(type(model).apply, method="reconstruct"), data.test.images
    )
    test, shown, measured = lab.unit(data.test), data.one_per_class, {}
    for condition, seed, name in laboratory.alive(conditions, fitted):
        scalars = {"mse": np.square(rebuilt[name] - test).mean()}
        arrays = {"rebuilt": rebuilt[name][shown]}
        measured[condition, seed] = lab.Measured(scalars, arrays)
    return laboratory.results(conditions, measured, [fitted])


def claims(found: Any) -> Claims:
    """What the run must show."""
    check, results, steps = lab.Check, found["results"], found["steps"]
    mse, fast, bce, _ = results.conditions
    rates = {"mse": (bce, mse, MSE, "lower"), "mse_rate": (fast, bce, MSE, "lower")}
    return {
        "gaussian": check(
            "Squared error / 2σ² plus a constant is Gaussian −log likelihood: largest "
            "difference", found["gaussian"], most=1e-10, unit="nats",
        ),
        "bernoulli": check(
            "BCE of black and white pixels is the Bernoulli −log likelihood: largest "
            "difference", found["bernoulli"], most=1e-10, unit="nats",
        ),
        "kl_gradient": check(
            "Gradients of KL and BCE: difference", found["kl_gradient"], most=1e-12
        ),
        "best": check(
            "The best constant for many grey levels is their mean, for MSE, BCE and "
            "KL: largest distance from it", found["best"], most=1e-4,
        ),
        "plateau": check(
            f"Descent from logit {START:g}: steps until the pixel is at 1/2, with MSE, "
            "in multiples of those with BCE", steps["MSE"] / steps["BCE"], least=100,
        ),
        **all_minus(results, rates),
    }  # fmt: skip


def figures(found: Any) -> list[Any]:
    """Gradients by the logit; reconstructions of each loss."""
    slopes = drawn.curves(
        found["slopes"], xlabel="logit of the pixel", ylabel="gradient by the logit"
    )
    caption = (
        "Test digits, and reconstructions by one autoencoder (same initial weights "
        "and batches) trained with each loss: grey edges where digits have sharp ones."
    )
    words = "Gradient by the logit of a pixel that should have grey level x."
    return [
        DataFigure(slopes, "gradients", words),
        *lab.Images("rebuilt", {"times": 1}, caption).views(found["results"]),
    ]


QUESTION = lab.Question.of(
    globals(),
    number=3,
    title="Reconstruction losses",
    code=tuple(LOSSES.values()),
    dataset="mnist_5k",
)
