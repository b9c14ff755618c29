"""Which loss suits an angle, where 358° and 2° are only 4° apart?

One that knows the circle. The squared difference of two angles as numbers says 356°:
near the cut its gradient is largest where the prediction is almost right, and pushes it
the long way round. The circular loss 2 (1 − cos d) is the squared chord: equal to d²
for small d, smooth, the same wherever the cut is, with a gradient of at most 2. Its
price is that the gradient vanishes at the opposite angle. The alternative is to predict
two numbers and compare them with the cosine and sine of the angle: on the circle the
same loss, but convex. There is a deeper reason for it. Turn a digit once all the way
round: a network with one number as output ends where it began, so somewhere it must run
back through all angles, whatever its loss. Two outputs go round the circle instead. In
the experiment a network sees digits and predicts by how much they are rotated: with
one number, either loss leaves a sector of large errors; with two there is none.
"""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from aejax import lab, models
from aejax.algorithm import Algorithm, gradient
from aejax.algorithms.schedules import one_cycle_adam
from aejax.data import Images, augment
from aejax.eval.linearity import order
from aejax.losses import circular as losses
from aejax.report.lessons import DataFigure
from aejax.report.style import COLOURS, logarithmic, new_figure, settle, styled
from aejax.stats import estimate

FORMULAS = (
    (
        r"\mathrm{naive} = (\hat\varphi - \varphi)^2",
        "as if angles were numbers: 356° from 358° to 2°",
    ),
    (
        r"\mathrm{circular} = 2\,(1 - \cos(\hat\varphi - \varphi)) = "
        r"d^2 - \frac{d^4}{12} + \ldots",
        "the squared chord; d is the difference by the shorter way round",
    ),
    (
        r"\dfrac{\partial\, \mathrm{circular}}{\partial \hat\varphi} = "
        r"2 \sin(\hat\varphi - \varphi) \;\in\; [-2,\, 2]",
        "bounded, also at the cut",
    ),
    (
        r"\mathrm{sine\;cosine} = (a - \cos\varphi)^2 + (b - \sin\varphi)^2, \qquad "
        r"\hat\varphi = \mathrm{atan2}(b,\, a)",
        "two outputs (a, b); equal to the circular loss where they are on the circle",
    ),
)

KINDS = ("naive", "circular", "sine/cosine")
UPRIGHT = (2, 3, 4, 5, 7)
"""Digits that look like no digit when they are turned."""
SECTORS = 24

ERROR = lab.Measure("error", "mean angular error", "°", ".1f", better="lower")
WORST = lab.Measure("worst", "error in the worst sector", "°", ".1f", better="lower")
CUT = lab.Measure("cut", "error within 15° of the cut", "°", ".1f", better="lower")


@dataclasses.dataclass(frozen=True)
class Options(lab.TrainedOptions):
    """Sizes."""

    seeds: int = lab.option(5, "Networks of each loss.", minimum=1)
    steps: int = lab.option(400, "Training steps of each network.", minimum=1)
    width: int = lab.option(8, "Channels of the first convolution.", minimum=1)


def algorithm(model: Any, steps: int) -> Algorithm:
    """Learns by how much an image was rotated; the three losses as one program."""

    def loss(params: Any, batch: Any, key: jax.Array, hparams: Any) -> Any:
        shape = (len(batch["image"]),)
        angles = jax.random.uniform(key, shape, maxval=2 * np.pi)
        found = model.apply(params, augment.rotate(batch["image"], angles))
        each = {
            "naive": losses.naive(found[:, 0], angles),
            "circular": losses.circular(found[:, 0], angles),
            "sine/cosine": losses.sine_cosine(found, angles),
        }
        return sum(hparams[kind] * each[kind].mean() for kind in KINDS), {}

    return gradient(model, loss, one_cycle_adam(steps))


def design(options: Options, shape: tuple[int, int, int]) -> list[lab.Condition]:
    """One condition for each loss; the network is the same."""
    model = models.Classifier(32, 2, shape, width=options.width)
    return [
        lab.Condition(
            {"loss": kind},
            model,
            {other: float(other == kind) for other in KINDS},
            label=kind,
        )
        for kind in KINDS
    ]


def run(options: Options, circular: Callable = losses.circular) -> dict[str, Any]:
    """Compares the losses as functions, then trains with each.

    Args:
      options: sizes.
      circular: the loss under test.
    """
    with jax.enable_x64(True):
        found = facts(circular)
    data = lab.small_data(options)
    if data.name.startswith("mnist"):
        train, test = upright(data.train), upright(data.test)
        data = dataclasses.replace(data, train=train, test=test)
    study = lab.small_lab(options, data, (ERROR, WORST, CUT))
    conditions = design(options, data.image_shape)
    trained = study.fit(conditions, partial(algorithm, steps=options.steps))
    angles = np.random.default_rng(0).uniform(0, 2 * np.pi, len(data.test.labels))
    turned = jax.jit(augment.rotate)(data.test.images, jnp.asarray(angles, jnp.float32))
    outputs = study.predict(
        trained, lambda model, params, images: model.apply(params, images), turned
    )
    measured = {
        (condition, seed): measure(condition, outputs[name], angles)
        for condition, seed, name in study.alive(conditions, trained)
    }
    results = study.results(conditions, measured, [trained])
    sectors = lab.of_all_seeds(conditions, measured, "sectors")
    return found | {
        "results": results,
        "sectors": dict(zip(KINDS, sectors, strict=True)),
    }


def upright(images: Images) -> Images:
    """Those whose rotation can be seen."""
    rows = np.isin(images.labels, UPRIGHT)
    return Images(images.images[rows], images.labels[rows])


def measure(condition: lab.Condition, output: Any, angles: np.ndarray) -> lab.Measured:
    """Angular errors in degrees: of all, by sector of the true angle, near the cut."""
    two = condition["loss"] == "sine/cosine"
    predicted = np.arctan2(output[:, 1], output[:, 0]) if two else output[:, 0]
    away = (predicted - angles + np.pi) % (2 * np.pi) - np.pi
    error = np.abs(np.rad2deg(away))
    sector = (angles / (2 * np.pi) * SECTORS).astype(int)
    sectors = np.array([error[sector == s].mean() for s in range(SECTORS)])
    scalars = {
        "error": error.mean(),
        "worst": sectors.max(),
        "cut": sectors[[0, -1]].mean(),
    }
    return lab.Measured(scalars, {"sectors": sectors})


def facts(circular: Callable) -> dict[str, Any]:
    """What is true of the losses, without any training."""
    a, b = jnp.deg2rad(jnp.array([358.0, 2.0]))
    predicted = jnp.linspace(-2 * jnp.pi, 4 * jnp.pi, 2001)
    target = jnp.full_like(predicted, b)
    small = jnp.asarray(2.0 ** -np.arange(2, 8))
    slopes = {
        name: jax.vmap(jax.grad(f))(predicted, target)
        for name, f in (("naive", losses.naive), ("circular", circular))
    }
    return {
        "degrees": float(jnp.rad2deg(jnp.sqrt(circular(a, b)))),
        "naive": float(jnp.rad2deg(jnp.sqrt(losses.naive(a, b)))),
        "slopes": slopes,
        "jump": float(abs(circular(2 * jnp.pi, b) - circular(0.0, b))),
        "chord": float(jnp.abs(
            losses.sine_cosine(losses.to_point(predicted), target)
            - circular(predicted, target)
        ).max()),
        "order": order(small, jnp.abs(circular(small, 0 * small) - small**2)),
        "opposite": float(jax.grad(circular)(b + jnp.pi, b)),
    }  # fmt: skip


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    check, results = lab.Check, found["results"]
    naive, one, two = (results.find(loss=kind) for kind in KINDS)
    versus = lab.Versus
    return {
        "degrees": check(
            "Root of the circular loss between 358° and 2°", found["degrees"],
            least=3.99, most=4.01, format=".3f", unit="°",
        ),
        "naive": check(
            "The same of the naive loss", found["naive"],
            least=355.99, most=356.01, format=".2f", unit="°",
        ),
        "slope": check(
            "Gradient of the circular loss for a target of 2°, predictions of −360° to "
            "720°: largest", np.abs(found["slopes"]["circular"]).max(), most=2,
        ),
        "naive_slope": check(
            "Gradient of the naive one there: largest",
            np.abs(found["slopes"]["naive"]).max(), least=4 * np.pi,
        ),
        "jump": check(
            "Circular loss of predictions 0° and 360°: difference", found["jump"],
            most=1e-12,
        ),
        "order": check(
            "Circular loss and d² differ with the fourth power of d: power",
            found["order"], least=3.9, most=4.1,
        ),
        "chord": check(
            "Sine/cosine loss of points on the circle and the circular loss: largest "
            "difference", found["chord"], most=1e-12,
        ),
        "opposite": check(
            "Gradient of the circular loss at the opposite angle",
            abs(found["opposite"]),
            most=1e-12,
        ),
        "better": lab.Expect(
            results, versus(two, naive, ERROR), "lower",
            "Rotation of a digit: error with sine/cosine minus naive",
        ),
        "one_number": lab.Expect(
            results, versus(two, one, ERROR), "lower",
            "Error with sine/cosine minus circular (one number)",
        ),
        "sector": lab.Expect(
            results, versus(two, one, WORST), "lower",
            "Error in the worst sector of 15°, sine/cosine minus circular",
        ),
        "cut": lab.Expect(
            results, versus(naive, naive, CUT, against_measure=ERROR), "higher",
            "Naive loss: error within 15° of the cut minus that of all angles",
        ),
    }  # fmt: skip


@styled()
def figures(found: Any) -> list[DataFigure]:
    """The losses and their gradients, and where the trained networks are wrong."""
    figure = new_figure(8.8, 3.1)
    shape, slope, where = figure.subplots(1, 3)
    degrees = np.linspace(0, 360, 361)
    predicted, target = np.deg2rad(degrees), np.deg2rad(2.0)
    curves = {
        "naive": ((predicted - target) ** 2, 2 * (predicted - target)),
        "circular": (
            2 - 2 * np.cos(predicted - target),
            2 * np.sin(predicted - target),
        ),
    }
    for colour, (kind, (value, steep)) in zip(COLOURS, curves.items(), strict=False):
        shape.plot(degrees, value, color=colour, label=kind)
        slope.plot(degrees, steep, color=colour, label=kind)
    middle = (np.arange(SECTORS) + 0.5) * 360 / SECTORS
    for colour, (kind, sectors) in zip(COLOURS, found["sectors"].items(), strict=False):
        of = [estimate(column) for column in np.transpose(sectors)]
        mean, bars = [e.mean for e in of], [e.half_width for e in of]
        where.errorbar(middle, mean, bars, color=colour, label=kind, capsize=2)
    logarithmic(where)
    shape.set(ylabel="loss, target 2°", xlabel="predicted angle [°]", ylim=(-0.5, 12))
    slope.set(ylabel="gradient", xlabel="predicted angle [°]")
    where.set(ylabel="mean error [°]", xlabel="true rotation [°]")
    for axes in (shape, slope, where):
        axes.set_xticks([0, 90, 180, 270, 360])
    figure.legend(
        *where.get_legend_handles_labels(), loc="outside lower center", ncols=3
    )
    return [
        DataFigure(
            settle(figure),
            "losses",
            "Left and middle: loss and gradient of a prediction, target 2°. The naive "
            "loss is largest at 360°, where the prediction is almost right. Right: "
            "error of networks that see a rotated digit, by the true rotation (bars: "
            "95 % intervals over seeds). With one number as output there is a sector "
            "where it fails; the naive loss puts it at the cut.",
        )
    ]


QUESTION = lab.Question.of(
    globals(),
    number=16,
    title="A loss for angles",
    code=(losses.difference, losses.circular, losses.sine_cosine),
    small={"dataset": "mnist_5k"},
    dataset="mnist",
    references=("Zhou et al., arXiv:1812.07035 (continuity of representations)",),
)
