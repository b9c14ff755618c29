"""What does dilation buy a stack of convolutions, and where does it help?

A wide view at full resolution. Each layer of a plain stack of kernel size 3 widens what
an output sees by two positions, so the field grows in proportion to the depth; with
distances that double from layer to layer it grows with their sum, that is
exponentially, and every input in it is seen. Parameters, operations and resolution stay
those of the plain stack. A constant distance gives a large field, too, but full of
holes, as only every d-th input is seen. It helps where far inputs matter and each
position needs an answer: to say which digit a pixel belongs to; to continue a sound
whose period is longer than a plain stack can see; to forecast a series that repeats
daily and weekly, which needs the scales of hours and of a week at once. In all three
the same network, with equal depth and parameters, has a far smaller error with
dilation.
"""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from aejax import Member, fit, lab
from aejax.algorithm import Algorithm, gradient
from aejax.algorithms.schedules import one_cycle_adam
from aejax.data.sequences import WEEK, canvases, sounds, weeks
from aejax.eval.convolution import Layer, extent, receptive_field, seen
from aejax.models.dilated import DilatedConv, DilatedStack
from aejax.report.lessons import DataFigure
from aejax.report.style import COLOURS, new_figure, settle, styled
from aejax.stats import estimate

FORMULAS = (
    (
        r"y_t = \sum_{j=0}^{k-1} w_j\, x_{t - d\,j}",
        "a dilated convolution of a series: taps d apart",
    ),
    (
        r"r = 1 + (k-1) \sum_{i=1}^{n} d_i",
        "receptive field of n layers, along an axis",
    ),
    (
        r"d_i = 1: \; r = 1 + (k-1)\, n, \qquad "
        r"d_i = 2^{i-1}: \; r = 1 + (k-1)(2^n - 1)",
        "proportional to the depth, and exponential in it",
    ),
)

TASKS = {
    "segmentation": "which digit a pixel belongs to",
    "audio": "next sample of a periodic sound",
    "forecast": "a series one day ahead",
}
ERROR = lab.Measure("error", "error", format=".3f", better="lower")


@dataclasses.dataclass(frozen=True)
class Options(lab.SeedOptions):
    """Sizes."""

    seeds: int = lab.option(3, "Networks of each kind.", minimum=1)
    steps: int = lab.option(300, "Training steps of each network.", minimum=1)
    examples: int = lab.option(
        1000, "Series or canvases; a fifth for tests.", minimum=80
    )
    width: int = lab.option(12, "Channels.", minimum=1)
    depth: int = lab.option(7, "Layers whose field is measured, at most.", minimum=3)


def doubling(layer: int) -> int:
    """The dilation of a layer: 1, 2, 4 ..."""
    return 2**layer


def fields(depth: int, dilation: Callable) -> dict[str, np.ndarray]:
    """By depth: the field by formula and by gradient, and the fraction that is seen."""
    kinds = {"plain": lambda i: 1, "dilated": dilation, "constant": lambda i: 4}
    found = {}
    for name, of in kinds.items():
        expected = doubling if name == "dilated" else of
        rows = []
        for n in range(1, depth + 1):
            gradient = of_stack(tuple(of(i) for i in range(n)), 2 ** (depth + 2) + 1)
            layers = [Layer(3, dilation=expected(i)) for i in range(n)]
            width = extent(gradient)
            rows.append((receptive_field(layers), width, (gradient > 0).sum() / width))
        found[name] = np.array(rows, float)
    return found


def of_stack(dilations: tuple[int, ...], length: int) -> np.ndarray:
    """Gradient of the middle output of a random stack by its input [length, 1].

    Weights are above 0, so that nothing cancels, and small: where tanh saturates, its
    derivative is 0 in float32.
    """
    model = DilatedStack(1, dilations, width=4, activation=jnp.tanh)
    x, random = jnp.zeros((length, 1)), np.random.default_rng(0)
    like = jax.eval_shape(model.init, jax.random.key(0), x[None])
    params = jax.tree.map(
        lambda leaf: jnp.asarray(random.uniform(0.01, 0.05, leaf.shape), jnp.float32),
        like,
    )
    return seen(jax.jit(lambda x: model.apply(params, x[None])[0]), x)


DATA = {"segmentation": canvases, "audio": sounds, "forecast": weeks}
DEPTHS = {"segmentation": 4, "audio": 6, "forecast": 8}
FROM = {"audio": 64, "forecast": WEEK}
"""Outputs from here on count: before, nobody can know."""


def network(task: str, dilation: Callable, width: int) -> DilatedStack:
    """Of a task; only the dilations differ."""
    is_image = task == "segmentation"
    dilations = tuple(dilation(i) for i in range(DEPTHS[task]))
    if is_image:
        dilations = (*dilations[:-1], 1)
    features = 10 if is_image else 1
    return DilatedStack(features, dilations, width, 3 if is_image else 2, not is_image)


def errors(task: str, output: jax.Array, y: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Loss, and the error: of pixels of digits, or relative to the variance."""
    if task == "segmentation":
        known = (y >= 0).astype(output.dtype)
        each = optax.softmax_cross_entropy_with_integer_labels(
            output, jnp.maximum(y, 0)
        )
        wrong = (output.argmax(-1) != y).astype(output.dtype)
        return (each * known).sum() / known.sum(), (wrong * known).sum() / known.sum()
    square = jnp.square(output[:, FROM[task] :, 0] - y[:, FROM[task] :])
    return square.mean(), square.mean() / y[:, FROM[task] :].var()


def algorithm(model: DilatedStack, task: str, steps: int) -> Algorithm:
    """Adam with one cycle on the task's loss."""

    def loss(params: Any, batch: Any, key: jax.Array, hparams: Any) -> Any:
        del key, hparams
        return errors(task, model.apply(params, batch["x"]), batch["y"])[0], {}

    def init(key: jax.Array, batch: Any, hparams: Any) -> Any:
        del hparams
        return model.init(key, batch["x"])

    return gradient(model, loss, one_cycle_adam(steps), init=init)


def run(options: Options, dilation: Callable = doubling) -> dict[str, Any]:
    """Measures fields, then trains plain and dilated networks on three tasks.

    Args:
      options: sizes.
      dilation: of each layer of the stacks that are said to be dilated.
    """
    found: dict[str, Any] = {"fields": fields(options.depth, dilation)}
    conditions, values, sizes = [], [], []
    for task in TASKS:
        data = DATA[task](np.random.default_rng(0), options.examples)
        cut = options.examples // 5
        train, test = ({n: a[s] for n, a in data.items()}
                       for s in (slice(cut, None), slice(cut)))  # fmt: skip
        kinds = {"plain": lambda i: 1, "dilated": dilation}
        models = {k: network(task, of, options.width) for k, of in kinds.items()}
        sizes.append({
            sum(leaf.size for leaf in jax.tree.leaves(jax.eval_shape(
                model.init, jax.random.key(0), test["x"][:1]
            ))) for model in models.values()
        })  # fmt: skip
        for kind, model in models.items():
            conditions.append(lab.Condition({"task": task, "kind": kind}))
            values.append(trained(task, model, train, test, options))
    results = lab.simulated(conditions, (ERROR,), {"error": np.array(values)}, options)
    return found | {"results": results, "sizes": [len(own) for own in sizes]}


def trained(
    task: str, model: DilatedStack, train: Any, test: Any, options: Options
) -> list[float]:
    """Test error of a network for each seed."""
    members = [
        Member(f"seed={seed}", model, seed, seed, {"learning_rate": 1e-2})
        for seed in range(options.seeds)
    ]
    make = partial(algorithm, task=task, steps=options.steps)
    every = lab.chunk_length(options.steps, 100)
    fitted = fit(members, make, train, steps=options.steps, batch_size=8, every=every)

    def error(params: Any) -> jax.Array:
        return errors(task, model.apply(params, test["x"]), test["y"])[1]

    measure = jax.jit(error)
    return [float(measure(fitted[member.name][1])) for member in members]


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    check, results, field = lab.Check, found["results"], found["fields"]
    depths = np.arange(1, len(field["plain"]) + 1)
    wrong = sum((rows[:, 0] != rows[:, 1]).sum() for rows in field.values())
    grown = field["dilated"][:, 1] + 1
    tasks = {}
    for task, words in TASKS.items():
        plain, dilated = (results.find(task=task, kind=k) for k in ("plain", "dilated"))
        tasks[task] = lab.Expect(
            results,
            lab.Versus(dilated, plain, ERROR),
            "lower",
            f"Error with dilation minus plain: {words}",
        )
    return {
        "field": check(
            f"Stacks of 1 to {depths[-1]} layers, plain, doubling and constant: cases "
            "where the input's gradient extends over another field than the formula's",
            wrong, least=0, most=0,
        ),
        "linear": check(
            "Plain: positions that each layer adds, largest over smallest",
            np.ptp(np.diff(field["plain"][:, 1])) + 1, least=1, most=1,
        ),
        "exponential": check(
            "Doubling: factor by which each layer multiplies the field (plus 1), least",
            (grown[1:] / grown[:-1]).min(), least=2, most=2,
        ),
        "full": check(
            "Doubling: fraction of the field that is seen, least of all depths",
            field["dilated"][:, 2].min(), least=1, most=1,
        ),
        "holes": check(
            "Constant distance of 4: that fraction at the largest depth",
            field["constant"][-1, 2], most=0.3,
        ),
        "sizes": check(
            "Tasks in which the plain and the dilated network differ in parameters",
            sum(n != 1 for n in found["sizes"]), least=0, most=0,
        ),
        **tasks,
    }  # fmt: skip


@styled()
def figures(found: Any) -> list[DataFigure]:
    """Fields against depth, and the errors of the three tasks."""
    figure = new_figure(8.0, 3.3)
    left, right = figure.subplots(1, 2)
    names = {
        "plain": "plain",
        "dilated": "doubling: 1, 2, 4 ...",
        "constant": "4, 4, 4 ...",
    }
    for colour, marker, (kind, label) in zip(
        COLOURS, "os^", names.items(), strict=False
    ):
        rows = found["fields"][kind]
        depths = np.arange(1, len(rows) + 1)
        left.plot(depths, rows[:, 0], color=colour, alpha=0.4)
        left.plot(depths, rows[:, 1], marker, color=colour, label=label)
    left.set(xlabel="layers", ylabel="receptive field", yscale="log")
    left.legend(title="dilations")
    results = found["results"]
    for place, (colour, kind) in enumerate(
        zip(COLOURS, ("plain", "dilated"), strict=False)
    ):
        own = [results.of(ERROR, results.find(task=task, kind=kind)) for task in TASKS]
        mean = [estimate(v).mean for v in own]
        bars = [0 if len(v) < 2 else estimate(v).half_width for v in own]
        at = np.arange(len(TASKS)) + 0.36 * (place - 0.5)
        right.bar(at, mean, 0.34, yerr=bars, color=colour, label=kind, capsize=3)
    right.set_xticks(np.arange(len(TASKS)), list(TASKS))
    right.set(ylabel="test error")
    right.legend()
    return [
        DataFigure(
            settle(figure),
            "fields",
            "Left: what a middle output sees, by the formula (lines) and by the extent "
            "of its gradient (marks). Right: test error of plain and dilated networks "
            "of equal size: fraction of the digits' pixels given to a wrong digit; "
            "squared error of the next sample, and of the series one day ahead, as a "
            "fraction of the variance. Bars: 95 % intervals over seeds.",
        )
    ]


QUESTION = lab.Question.of(
    globals(),
    number=10,
    title="Dilated convolution",
    code=(DilatedConv, network),
    references=(
        "Yu & Koltun, arXiv:1511.07122 (dilated convolution for dense prediction)",
        "van den Oord et al., arXiv:1609.03499 (WaveNet: sound)",
    ),
)
