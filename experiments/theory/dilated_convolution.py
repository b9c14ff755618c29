"""What does dilation buy a stack of convolutions, and where does it help?

A wide view at full resolution. Each layer of a plain stack of kernel size 3 widens what
an output sees by two positions, so the field grows in proportion to the depth; with
distances that double from layer to layer it grows with their sum, that is
exponentially, and every input in it is seen. Parameters, operations and resolution stay
those of the plain stack. A constant distance gives a large field, too, but full of
holes, as only every d-th input is seen.

It helps where far inputs matter and each position needs an answer: to say which digit a
pixel belongs to; to continue a sound, or forecast a series, whose period is longer than
a plain stack can see. In all three the same network errs less with dilation. For sound
and series nearly the whole error goes: a plain network cannot see one period back, and
with a constant distance that does not divide the period, what is needed lies in a hole.
For the digits' pixels a part of the error goes. One kernel as long as the field hears
the period, too, with several times the parameters.
"""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from aejax import Member, fit, lab
from aejax.algorithms.positionwise import positionwise
from aejax.data.sequences import DAY, WEEK, canvases, sounds, weeks
from aejax.eval.convolution import Layer, receptive_field
from aejax.eval.cost import operations, parameters
from aejax.eval.fields import growth
from aejax.losses.positions import commonest_error, continued, labelled
from aejax.models.dilated import DilatedConv, DilatedStack
from aejax.report.figures import measured_lines, predictions
from aejax.report.lessons import DataFigure
from aejax.report.tables import Column, Table

FORMULAS = (
    (
        r"y_t = \sum_{j=0}^{k-1} w_j\, x_{t - d\,j}",
        "a dilated convolution of a series x: k taps w, d positions apart",
    ),
    (
        r"r = 1 + (k-1) \sum_{i=1}^{n} d_i",
        "receptive field of n layers with distances d_i: what an output sees, along an "
        "axis",
    ),
    (
        r"d_i = 1: \; r = 1 + (k-1)\, n, \qquad "
        r"d_i = 2^{i-1}: \; r = 1 + (k-1)(2^n - 1)",
        "proportional to the depth, and exponential in it",
    ),
)


class Task(NamedTuple):
    """What a network has to answer at each position."""

    words: str
    data: Callable
    depth: int
    first: int = 0  # outputs from here on count: before, nobody can know
    constant: int = 0  # a distance whose field is long enough, not dividing the period
    drawn: int = 0  # last positions that the figure shows

    def judge(self, output: jax.Array, y: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Loss, and the error: of pixels of digits, or relative to the variance."""
        return continued(output, y, self.first) if self.first else labelled(output, y)


TASKS = {
    "segmentation": Task("which digit a pixel belongs to", canvases, 4),
    "audio": Task("next sample of a periodic sound", sounds, 6, 64, 8, 40),
    "forecast": Task("a series one day ahead", weeks, 8, WEEK, 32, 36),
}
ERROR = lab.Measure("error", "error", format=".3f", better="lower")


@dataclasses.dataclass(frozen=True)
class Options(lab.SeedOptions):
    """Sizes."""

    seeds: int = lab.option(3, "Networks of each kind.", minimum=1)
    steps: int = lab.option(300, "Training steps of each network.", minimum=1)
    examples: int = lab.option(1000, "Of a task; a fifth for tests.", minimum=80)
    width: int = lab.option(12, "Channels.", minimum=1)
    depth: int = lab.option(7, "Layers whose field is measured, at most.", minimum=3)


def doubling(layer: int) -> int:
    """The dilation of a layer: 1, 2, 4 ..."""
    return 2**layer


def fields(depth: int, dilation: Callable) -> dict[str, np.ndarray]:
    """By depth: the field by formula and by gradient, and the fraction that is seen."""
    kinds = {"plain": lambda i: 1, "dilated": dilation, "constant": lambda i: 4}
    expected = kinds | {"dilated": doubling}
    return {name: growth(of, depth, expected[name]) for name, of in kinds.items()}


def networks(name: str, dilation: Callable, width: int) -> dict[str, DilatedStack]:
    """Of a task; those of an image end with neighbouring taps, to join positions."""
    task = TASKS[name]
    plain, apart = ((*map(of, range(task.depth)),) for of in (lambda i: 1, dilation))
    if name == "segmentation":
        stack = partial(DilatedStack, 10, width=width, kernel_size=3)
        return {"plain": stack(plain), "dilated": stack((*apart[:-1], 1))}
    stack = partial(DilatedStack, 1, width=width, causal=True)
    same = (task.constant,) * task.depth
    kinds = {"plain": plain, "dilated": apart, "constant": same}
    found = {kind: stack(own, kernel_size=2) for kind, own in kinds.items()}
    long = {"one long kernel": stack((1,), kernel_size=64)}
    return found | (long if name == "audio" else {})


def run(options: Options, dilation: Callable = doubling) -> dict[str, Any]:
    """Measures fields, then trains plain and dilated networks on three tasks.

    Args:
      options: sizes.
      dilation: of each layer of the stacks that are said to be dilated.
    """
    found: dict[str, Any] = {"fields": fields(options.depth, dilation)}
    conditions, values, shown, models = [], [], {}, {}
    for name, task in TASKS.items():
        data = task.data(np.random.default_rng(0), options.examples)
        cut = options.examples // 5
        train, test = ({n: a[s] for n, a in data.items()}
                       for s in (slice(cut, None), slice(cut)))  # fmt: skip
        shown[name] = {"shown": test["x"][0], "true": test["y"][0]}
        for kind, model in networks(name, dilation, options.width).items():
            conditions.append(lab.Condition({"task": name, "kind": kind}))
            models[name, kind] = model, *costs(model, jnp.asarray(test["x"][:1]))
            own, shown[name][kind] = trained(task, model, train, test, options)
            values.append(own)
        if name == "segmentation":
            found["commonest"] = commonest_error(train["y"], test["y"])
    results = lab.simulated(conditions, (ERROR,), {"error": np.array(values)}, options)
    return found | {"results": results, "shown": shown, "models": models}


def costs(model: DilatedStack, x: jax.Array) -> tuple[int, float, tuple[int, ...]]:
    """Parameters, operations of one input, and positions out."""
    like = jax.eval_shape(model.init, jax.random.key(0), x)
    out = jax.eval_shape(model.apply, like, x).shape[1:-1]
    return parameters(model, x), operations(model.apply, like, x), out


def trained(
    task: Task, model: DilatedStack, train: Any, test: Any, options: Options
) -> tuple[list[float], np.ndarray]:
    """Test error for each seed, and the first network's output of the first input."""
    members = [
        Member(f"seed={seed}", model, seed, seed, {"learning_rate": 1e-2})
        for seed in range(options.seeds)
    ]
    make = partial(positionwise, judge=task.judge, steps=options.steps)
    every = lab.chunk_length(options.steps, 100)
    fitted = fit(members, make, train, steps=options.steps, batch_size=8, every=every)

    @jax.jit
    def measure(params: Any) -> tuple[jax.Array, jax.Array]:
        output = model.apply(params, test["x"])
        return task.judge(output, test["y"])[1], output[0]

    found = [measure(fitted[member.name][1]) for member in members]
    return [float(error) for error, _ in found], np.asarray(found[0][1])


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    check, results, field = lab.Check, found["results"], found["fields"]
    depths = np.arange(1, len(field["plain"]) + 1)
    wrong = sum((rows[:, 0] != rows[:, 1]).sum() for rows in field.values())
    grown, models = field["dilated"][:, 1] + 1, found["models"]
    versus = lab.Expecting(results).versus
    own = {(c["task"], c["kind"]): c for c in results.conditions}
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
            "Doubling: fraction of the inputs inside the field that have a gradient, "
            "least of all depths", field["dilated"][:, 2].min(), least=1, most=1,
        ),
        "holes": check(
            "Constant distance of 4: that fraction at the largest depth",
            field["constant"][-1, 2], most=0.3,
        ),
        "sizes": check(
            "Tasks in which the plain and the dilated network differ in parameters, "
            "operations (XLA's count) or positions of the output",
            sum(models[n, "plain"][1:] != models[n, "dilated"][1:] for n in TASKS),
            least=0, most=0,
        ),
        **{
            name: versus(
                own[name, "dilated"], own[name, "plain"], ERROR, "lower",
                f"Error with dilation minus plain: {task.words}",
            )
            for name, task in TASKS.items()
        },
        **{
            f"constant_{name}": versus(
                own[name, "constant"], own[name, "dilated"], ERROR, "higher",
                f"Error with a constant distance of {task.constant} minus doubling: "
                f"{task.words}",
            )
            for name, task in TASKS.items() if task.constant
        },
        "long": versus(
            own["audio", "one long kernel"], own["audio", "plain"], ERROR, "lower",
            "Error of one layer with 64 taps minus the plain stack: next sample",
        ),
    }  # fmt: skip


def figures(found: Any) -> list[DataFigure]:
    """Fields against depth, and what the networks of the three tasks answer."""
    image, *maps = found["shown"]["segmentation"].items()
    curves = {
        task.words: {
            kind: np.ravel(series)[-task.drawn :]
            for kind, series in list(found["shown"][name].items())[1:]
        }
        for name, task in TASKS.items() if task.drawn
    }  # fmt: skip
    names = ("plain: 1, 1, 1 ...", "doubling: 1, 2, 4 ...", "constant: 4, 4, 4 ...")
    rows = zip(names, found["fields"].values(), strict=True)
    lines = {name: (1 + np.arange(len(f)), *f.T[:2]) for name, f in rows}
    classes = {k: x if x.ndim == 2 else x.argmax(-1) for k, x in maps}
    return [
        DataFigure(
            measured_lines(lines, "layers", "receptive field", "distances"),
            "fields",
            "What a middle output sees, along an axis, in stacks of kernel size 3: by "
            "the formula (lines) and by the extent of its gradient (marks).",
        ),
        DataFigure(
            predictions(("canvas", image[1][..., 0]), classes, curves),
            "tasks",
            "The first test example of each task, and answers of the first seed's "
            "networks. Top: two digits on a canvas, and the class of their pixels, a "
            "colour for each; a single canvas need not be like the mean of all, which "
            "the table has. Below: the last period of a sound, 40 samples, each said "
            "from those before it; the last 36 hours of a series, each a day before.",
        ),
    ]


def tables(found: Any) -> list[Table]:
    """Fields, parameters and errors of the networks."""
    results, rows = found["results"], []
    for condition in results.conditions:
        name = condition["task"], condition["kind"]
        model, size, *_ = found["models"][name]
        layers = [Layer(model.kernel_size, dilation=d) for d in model.dilations]
        error = results.estimate(ERROR, condition)
        rows.append([*name, len(layers), receptive_field(layers), size, error])
    heads = ("task", "network", "layers", "field", "parameters")
    columns = [*map(Column, heads), Column("error", "", ".3f")]
    caption = (
        "Field: along an axis. An answer needs 14 pixels, the width of a digit; 40 "
        f"samples, the period of the sound; {WEEK - DAY + 1} hours, to the same hour a "
        "week before the one asked for. Image networks have 3×3 taps and end with a "
        "distance of 1; the others have 2 taps and see the past only. Error: fraction "
        "of the digits' pixels given to a wrong class "
        f"({found['commonest']:.3f} for the commonest one alone); squared error as a "
        "fraction of the variance. Mean ± standard deviation over seeds."
    )
    return [Table(columns, rows, caption)]


QUESTION = lab.Question.of(
    globals(),
    number=10,
    title="Dilated convolution",
    code=(DilatedConv, networks),
    references=(
        "Yu & Koltun, arXiv:1511.07122 (dilated convolution for dense prediction)",
        "van den Oord et al., arXiv:1609.03499 (WaveNet: sound)",
    ),
)
