"""Which loss suits an angle, where 358° and 2° are only 4° apart?

One that knows the circle. The difference of the numbers is 356°: near the cut, 0° or
360°, their squared difference has its largest gradient where the prediction is almost
right, and pushes it the long way round. The circular loss 2 (1 − cos d) is the squared
chord: smooth, the same wherever the cut is, with a gradient of at most 2. Or predict
two numbers and compare them with the cosine and sine of the angle: on the circle the
same loss, and convex in the two numbers.

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
from aejax.data import augment, splits
from aejax.lab.blocks.views import by_condition
from aejax.lab.question_claims import all_minus
from aejax.losses import circular as losses
from aejax.report.figures import Panel, against_panels
from aejax.report.lessons import DataFigure
from aejax.report.tables import Table

FORMULAS = (
    (
        r"\mathrm{circular} = 2\,(1 - \cos(\hat\varphi - \varphi))",
        "the squared chord between φ and its prediction, with a hat; its gradient, 2 "
        "sin of the difference, is bounded, and 0 at the opposite angle, too",
    ),
    (
        r"\mathrm{sine\;cosine} = (a - \cos\varphi)^2 + (b - \sin\varphi)^2, \qquad "
        r"\hat\varphi = \mathrm{atan2}(b,\, a)",
        "two outputs (a, b), of that angle; the circular loss if on the circle",
    ),
)

KINDS = ("naive", "circular", "circular of two", "sine/cosine")
"""Losses; of the last two a network predicts two numbers."""
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


def run(options: Options, circular: Callable = losses.circular) -> dict[str, Any]:
    """Compares the losses as functions, then trains with each.

    Args:
      options: sizes.
      circular: the loss under test.
    """
    with jax.enable_x64(True):
        a, b = jnp.deg2rad(jnp.array([358.0, 2.0]))
        anywhere = jnp.linspace(-2 * jnp.pi, 4 * jnp.pi, 2001)
        slopes = jax.vmap(jax.grad(circular), (0, None))(anywhere, b)
        degrees = jnp.rad2deg(jnp.sqrt(circular(a, b)))
        slope = float(jnp.abs(slopes).max())
        found: dict[str, Any] = {"degrees": float(degrees), "slope": slope}
    data = lab.small_data(options)
    if data.name.startswith("mnist"):
        both = (data.train, data.test)
        train, test = (splits.chosen(x, np.isin(x.labels, UPRIGHT)) for x in both)
        data = dataclasses.replace(data, train=train, test=test)
    study = lab.small_lab(options, data, (ERROR, WORST, CUT))
    model = models.Classifier(32, 2, data.image_shape, width=options.width)
    conditions = [
        lab.Condition({"loss": k}, model, {o: float(o == k) for o in KINDS}, k, k)
        for k in KINDS
    ]
    trained = study.fit(conditions, partial(algorithm, steps=options.steps))
    shown = data.test.images
    angles = np.random.default_rng(0).uniform(0, 2 * np.pi, len(shown))
    turned = jax.jit(augment.rotate)(shown, jnp.asarray(angles, jnp.float32))
    outputs = study.predict(trained, lambda m, params, x: m.apply(params, x), turned)
    measured = {
        (condition, seed): measure(outputs[name], condition["loss"], angles)
        for condition, seed, name in study.alive(conditions, trained)
    }
    sectors = lab.of_all_seeds(conditions, measured, "sectors")
    found["sectors"] = dict(zip(KINDS, sectors, strict=True))
    return found | {"results": study.results(conditions, measured, [trained])}


def measure(output: Any, kind: str, angles: Any) -> lab.Measured:
    """Angular errors in degrees: of all, by sector of the true angle, near the cut."""
    turned: Any = losses.to_angle(output) if kind in KINDS[2:] else output[:, 0]
    error = np.abs(np.rad2deg(losses.difference(turned, angles)))
    sector = (angles / (2 * np.pi) * SECTORS).astype(int)
    sectors = np.array([error[sector == s].mean() for s in range(SECTORS)])
    scalars = {"error": error.mean(), "worst": sectors.max()}
    scalars["cut"] = sectors[[0, -1]].mean()
    return lab.Measured(scalars, {"sectors": sectors})


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    check, results = lab.Check, found["results"]
    naive, one, two, points = (results.find(loss=kind) for kind in KINDS)
    pairs = {
        "better": (points, naive, ERROR, "lower"),
        "outputs": (two, one, ERROR, "lower"),
        "sector": (two, one, WORST, "lower"),
    }
    return all_minus(results, pairs) | {
        "cut": lab.Expect(
            results, lab.Versus(naive, naive, CUT, against_measure=ERROR), "higher",
            "Naive loss: error within 15° of the cut minus that of all angles",
        ),
        "degrees": check(
            "Root of the circular loss between 358° and 2°", found["degrees"],
            least=3.99, most=4.01, format=".3f", unit="°",
        ),
        "slope": check(
            "Its gradient for a target of 2°, predictions of −360° to 720°: largest "
            "(per radian)", found["slope"], most=2,
        ),
    }  # fmt: skip


def figures(found: Any) -> list[DataFigure]:
    """The losses, and where the networks are wrong."""
    begin = np.arange(SECTORS) * 360 / SECTORS
    away = np.deg2rad(begin - 2)
    shapes = {"naive": away**2, "circular": 2 - 2 * np.cos(away)}
    panels = [
        Panel("loss, target 2°", shapes, intervals=True),
        Panel("mean error [°]", found["sectors"], log_y=True, intervals=True),
    ]
    return [
        DataFigure(
            against_panels(begin, panels, xlabel="angle [°]", log2x=False),
            "losses",
            "Left: loss of a predicted number. The naive one is largest towards 360°, "
            "where the prediction is almost right. Right: error by the true rotation, "
            "in sectors of 15° from there on (bars: 95 % intervals over seeds). With "
            "one number there is a sector where it fails; the naive loss puts it at "
            "the cut.",
        )
    ]


def tables(found: Any) -> list[Table]:
    """Errors of each kind of training."""
    caption = "Circular of two: the circular loss of the angle of two numbers."
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
