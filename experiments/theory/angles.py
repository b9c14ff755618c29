"""Which loss suits an angle, where 358° and 2° are only 4° apart?

One that knows the circle. The difference of the numbers is 356°: near the cut, 0° or
360°, their squared difference has its largest gradient where the prediction is almost
right, and pushes it the long way round. The circular loss 2 (1 − cos d) is the squared
chord: equal to d² for small d, smooth, the same wherever the cut is, with a gradient of
at most 2. Its price is that the gradient vanishes at the opposite angle. Or predict two
numbers and compare them with the cosine and sine of the angle: on the circle the same
loss, and convex in the two numbers.

There is a deeper reason for two numbers. Turn a digit once all the way round: a single
output follows continuously and ends where it began, so somewhere it must run back
through all angles, whatever its loss. Two outputs go round the circle instead. In the
experiment a network sees a digit (2, 3, 4, 5 or 7) turned by a random angle, and
predicts the angle. With one number, either loss leaves a sector of large errors; with
two there is none, also where they are trained by the circular loss of their angle.
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
from aejax.data import Images, augment, splits
from aejax.eval.linearity import order
from aejax.lab.blocks.views import by_condition
from aejax.losses import circular as losses
from aejax.report.lessons import DataFigure
from aejax.report.style import COLOURS, logarithmic, new_figure, settle, styled
from aejax.report.tables import Table
from aejax.stats import estimate

FORMULAS = (
    (
        r"\mathrm{naive} = (\hat\varphi - \varphi)^2",
        "φ is the angle and φ with a hat its prediction, as if they were numbers: 356° "
        "from 358° to 2°",
    ),
    (
        r"\mathrm{circular} = 2\,(1 - \cos(\hat\varphi - \varphi)) = "
        r"d^2 - \frac{d^4}{12} + \ldots",
        "the squared chord; d is the difference by the shorter way round. Its "
        "gradient, 2 sin d, is bounded",
    ),
    (
        r"\mathrm{sine\;cosine} = (a - \cos\varphi)^2 + (b - \sin\varphi)^2, \qquad "
        r"\hat\varphi = \mathrm{atan2}(b,\, a)",
        "two outputs (a, b); the circular loss if they are on the circle; atan2 is "
        "their angle",
    ),
)

OUTPUTS = {"naive": 1, "circular": 1, "circular of two": 2, "sine/cosine": 2}
"""Loss -> numbers that the network predicts."""
KINDS = tuple(OUTPUTS)
UPRIGHT = (2, 3, 4, 5, 7)
"""Digits that are not turned into other digits, or into themselves, as 6 and 0 are."""
SECTORS = 24

ERROR = lab.Measure("error", "mean angular error", "°", ".1f", better="lower")
WORST = lab.Measure("worst", "error in the worst sector", "°", ".1f", better="lower")
CUT = lab.Measure("cut", "error within 15° of the cut", "°", ".1f", better="lower")


@dataclasses.dataclass(frozen=True)
class Options(lab.TrainedOptions):
    """Sizes."""

    seeds: int = lab.option(4, "Networks of each loss.", minimum=1)
    steps: int = lab.option(400, "Training steps of each network.", minimum=1)
    width: int = lab.option(8, "Channels of the first convolution.", minimum=1)


def algorithm(model: Any, steps: int) -> Algorithm:
    """Learns by how much an image was rotated; all kinds of training as one program."""

    def loss(params: Any, batch: Any, key: jax.Array, hparams: Any) -> Any:
        shape = (len(batch["image"]),)
        angles = jax.random.uniform(key, shape, maxval=2 * np.pi)
        found = model.apply(params, augment.rotate(batch["image"], angles))
        each = {
            "naive": losses.naive(found[:, 0], angles),
            "circular": losses.circular(found[:, 0], angles),
            "circular of two": losses.circular(losses.to_angle(found), angles),
            "sine/cosine": losses.sine_cosine(found, angles),
        }
        return sum(hparams[kind] * each[kind].mean() for kind in KINDS), {}

    return gradient(model, loss, one_cycle_adam(steps))


def design(options: Options, shape: tuple[int, int, int]) -> list[lab.Condition]:
    """One condition for each loss; the network is the same."""
    model = models.Classifier(32, 2, shape, width=options.width)
    return [
        lab.Condition(
            {"loss": kind, "outputs": outputs},
            model,
            {other: float(other == kind) for other in KINDS},
            label=kind,
        )
        for kind, outputs in OUTPUTS.items()
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
    images = data.test.images
    angles = np.random.default_rng(0).uniform(0, 2 * np.pi, len(images))
    once = np.linspace(0, 2 * np.pi, 73)  # One digit turned all the way round.
    seen, turns = np.concatenate([images, images[[0] * 73]]), np.append(angles, once)
    outputs = study.predict(
        trained,
        lambda model, params, images: model.apply(params, images),
        jax.jit(augment.rotate)(seen, jnp.asarray(turns, jnp.float32)),
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
        "once": np.rad2deg(once),
        "one": results.labelled("one"),
    }


def upright(images: Images) -> Images:
    """Those whose rotation can be seen."""
    return splits.chosen(images, np.flatnonzero(np.isin(images.labels, UPRIGHT)))


def measure(condition: lab.Condition, output: Any, angles: Any) -> lab.Measured:
    """Angular errors in degrees: of all, by sector of the true angle, near the cut."""
    two = condition["outputs"] == 2
    turned: Any = np.asarray(losses.to_angle(output)) if two else output[:, 0]
    error = np.abs(np.rad2deg(losses.difference(turned[: len(angles)], angles)))
    sector = (angles / (2 * np.pi) * SECTORS).astype(int)
    sectors = np.array([error[sector == s].mean() for s in range(SECTORS)])
    scalars = {
        "error": error.mean(),
        "worst": sectors.max(),
        "cut": sectors[[0, -1]].mean(),
    }
    one = np.rad2deg(turned[len(angles) :]) % 360
    return lab.Measured(scalars, {"sectors": sectors, "one": one})


def facts(circular: Callable) -> dict[str, Any]:
    """What is true of the losses, without any training."""
    a, b = jnp.deg2rad(jnp.array([358.0, 2.0]))
    predicted = jnp.linspace(-2 * jnp.pi, 4 * jnp.pi, 2001)
    target = jnp.full_like(predicted, b)
    small = jnp.asarray(2.0 ** -np.arange(2, 8))
    return {
        "degrees": float(jnp.rad2deg(jnp.sqrt(circular(a, b)))),
        "slopes": jax.vmap(jax.grad(circular))(predicted, target),
        "jump": float(abs(circular(2 * jnp.pi, b) - circular(0.0, b))),
        "order": order(small, jnp.abs(circular(small, 0 * small) - small**2)),
        "opposite": float(jax.grad(circular)(b + jnp.pi, b)),
    }


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    check, versus, results = lab.Check, lab.Versus, found["results"]
    naive, one, two, points = (results.find(loss=kind) for kind in KINDS)
    of_two = [np.mean(found["sectors"][kind], 0) for kind in KINDS[2:]]
    return {
        "degrees": check(
            "Root of the circular loss between 358° and 2°", found["degrees"],
            least=3.99, most=4.01, format=".3f", unit="°",
        ),
        "slope": check(
            "Its gradient for a target of 2°, predictions of −360° to 720°: largest "
            "(per radian)", np.abs(found["slopes"]).max(), most=2,
        ),
        "jump": check(
            "Circular loss of predictions 0° and 360°: difference", found["jump"],
            most=1e-12,
        ),
        "order": check(
            "Circular loss and d² differ with the fourth power of d: power",
            found["order"], least=3.9, most=4.1,
        ),
        "opposite": check(
            "Gradient of the circular loss at the opposite angle",
            abs(found["opposite"]), most=1e-12,
        ),
        "better": lab.Expect(
            results, versus(points, naive, ERROR), "lower",
            "Rotation of a digit: error with sine/cosine minus naive",
        ),
        "outputs": lab.Expect(
            results, versus(two, one, ERROR), "lower",
            "Circular loss: error of two outputs minus one",
        ),
        "sector": lab.Expect(
            results, versus(two, one, WORST), "lower",
            "The same in the worst sector of 15°",
        ),
        "cut": lab.Expect(
            results, versus(naive, naive, CUT, against_measure=ERROR), "higher",
            "Naive loss: error within 15° of the cut minus that of all angles",
        ),
        "even": check(
            "Two outputs, either loss: error in the worst sector (mean over seeds), "
            "over that of all", max(e.max() / e.mean() for e in of_two), most=2,
        ),
    }  # fmt: skip


@styled()
def figures(found: Any) -> list[DataFigure]:
    """The losses, one digit turned round, and where the networks are wrong."""
    figure = new_figure(8.8, 3.2)
    shape, turn, where = figure.subplots(1, 3)
    degrees = np.linspace(0, 360, 361)
    away = np.deg2rad(degrees - 2)
    shape.plot(degrees, away**2, color=COLOURS[0])
    shape.plot(degrees, 2 - 2 * np.cos(away), color=COLOURS[1])
    middle = (np.arange(SECTORS) + 0.5) * 360 / SECTORS
    for kind, colour, marker in zip(KINDS, COLOURS, "os^D", strict=False):
        look = {"color": colour, "marker": marker, "ms": 3}
        turn.plot(found["once"], found["one"][kind], linestyle="", **look)
        of = [estimate(column) for column in np.transpose(found["sectors"][kind])]
        mean, bars = [e.mean for e in of], [e.half_width for e in of]
        where.errorbar(middle, mean, bars, label=kind, capsize=2, **look)
    logarithmic(where)
    shape.set(ylabel="loss, target 2°", xlabel="predicted angle [°]")
    turn.set(ylabel="predicted angle [°]", xlabel="rotation of one digit [°]")
    where.set(ylabel="mean error [°]", xlabel="rotation of all digits [°]")
    for axes in (shape, turn, where):
        axes.set_xticks([0, 90, 180, 270, 360])
    turn.set_yticks([0, 90, 180, 270, 360])
    figure.legend(
        *where.get_legend_handles_labels(), loc="outside lower center", ncols=4
    )
    return [
        DataFigure(
            settle(figure),
            "losses",
            "Left: loss of one predicted number. The naive loss is largest at 360°, "
            "where the prediction is almost right. Middle: one test digit turned once "
            "round, and what a network of each kind predicts (whole turns left out): "
            "with one number the points run back through all angles within a sector. "
            "Right: error by the true rotation (bars: 95 % intervals over seeds). With "
            "one number there is a sector where it fails; the naive loss puts it at "
            "the cut.",
        )
    ]


def tables(found: Any) -> list[Table]:
    """Errors of each kind of training."""
    caption = (
        "Angular errors of the trained networks. The first two predict one number; "
        "“circular of two” is the circular loss of the angle of two numbers."
    )
    return [by_condition(found["results"], (ERROR, WORST, CUT), caption, head="loss")]


QUESTION = lab.Question.of(
    globals(),
    number=16,
    title="Angles",
    code=(losses.difference, losses.circular, losses.sine_cosine),
    small={"dataset": "mnist_5k"},
    dataset="mnist",
    references=("Zhou et al., arXiv:1812.07035 (continuity of representations)",),
)
