"""What does dilation buy a stack of convolutions, and where does it help?

A wide view at full resolution. Each layer of a plain stack of kernel size 3 widens what
an output sees by two positions, so the field grows in proportion to the depth; with
distances that double from layer to layer it grows with their sum, that is
exponentially, and every input in it is seen, with as many layers and taps.

It helps where far inputs matter and each position needs an answer: to say which digit a
pixel belongs to; to continue a sound, or forecast a series, whose period is longer than
a plain stack can see. In all three the same network errs less with dilation. For sound
and series nearly the whole error goes, as a plain network cannot see one period back;
for the digits' pixels a part of it.
"""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import numpy as np

from aejax import Member, fit, lab
from aejax.algorithms.positionwise import Judge, positionwise
from aejax.data.sequences import WEEK, canvases, sounds, weeks
from aejax.eval.fields import growth
from aejax.lab.blocks.views import by_condition
from aejax.losses.positions import continued, labelled
from aejax.models.dilated import DilatedConv, DilatedStack
from aejax.report.figures import measured_lines, predictions
from aejax.report.lessons import DataFigure
from aejax.report.tables import Table

FORMULAS = (
    (
        r"y_t = \sum_{j=0}^{k-1} w_j\, x_{t - d\,j}",
        "a dilated convolution of a series x: k taps w, d positions apart",
    ),
    (
        r"r = 1 + (k-1) \sum_{i=1}^{n} d_i \,: \qquad 1 + (k-1)\, n, \qquad "
        r"1 + (k-1)(2^n - 1)",
        "what an output of n layers sees; of distances 1, 1, 1 ..., and of 1, 2, 4 ...",
    ),
)

TASKS: dict[str, tuple[str, Callable, Judge, int]] = {
    "segmentation": ("which digit a pixel belongs to", canvases, labelled, 4),
    "audio": ("next sample of a sound", sounds, partial(continued, first=64), 6),
    "forecast": ("a series a day ahead", weeks, partial(continued, first=WEEK), 8),
}
"""What is asked at each position, of which data, judged how; layers."""
ERROR = lab.Measure("error", "error", format=".3f", better="lower")


@dataclasses.dataclass(frozen=True)
class Options(lab.SeedOptions):
    """Sizes."""

    steps: int = lab.option(300, "Training steps of each network.", minimum=1)
    examples: int = lab.option(1000, "Of a task; a fifth for tests.", minimum=80)
    width: int = lab.option(12, "Channels.", minimum=1)
    depth: int = lab.option(7, "Layers whose field is measured, at most.", minimum=3)


def doubling(layer: int) -> int:
    """The dilation of a layer: 1, 2, 4 ..."""
    return 2**layer


def networks(name: str, dilation: Callable, width: int) -> dict[str, DilatedStack]:
    """Of a task; those of an image end with neighbouring taps, to join positions."""
    *_, depth = TASKS[name]
    kinds = {"plain": (1,) * depth, "dilated": (*map(dilation, range(depth)),)}
    if name == "segmentation":
        stack = partial(DilatedStack, 10, width=width, kernel_size=3)
        return {kind: stack((*apart[:-1], 1)) for kind, apart in kinds.items()}
    stack = partial(DilatedStack, 1, width=width, kernel_size=2, causal=True)
    return {kind: stack(apart) for kind, apart in kinds.items()}


def run(options: Options, dilation: Callable = doubling) -> dict[str, Any]:
    """Measures fields, then trains plain and dilated networks on three tasks.

    Args:
      options: sizes.
      dilation: of each layer of the stacks that are said to be dilated.
    """
    plain = growth(lambda i: 1, options.depth)
    dilated = growth(dilation, options.depth, doubling)
    conditions, values, shown = [], [], {}
    for name, (_, draw, judge, _) in TASKS.items():
        data = draw(np.random.default_rng(0), options.examples)
        shown[name] = {"shown": data["x"][0, ..., 0], "true": data["y"][0]}
        for kind, model in networks(name, dilation, options.width).items():
            field = 1 + (model.kernel_size - 1) * sum(model.dilations)
            label = f"{name}, {kind}: field {field}"
            conditions.append(lab.Condition({"task": name, "kind": kind}, label=label))
            errors, shown[name][kind] = trained(judge, model, data, options)
            values.append(errors)
    results = lab.simulated(conditions, (ERROR,), {"error": np.array(values)}, options)
    return {"fields": (plain, dilated), "shown": shown, "results": results}


def trained(judge: Judge, model: DilatedStack, data: Any, options: Options) -> Any:
    """Test error for each seed, and the first network's answer to the first input."""
    cut = options.examples // 5
    train = {key: array[cut:] for key, array in data.items()}
    test = {key: array[:cut] for key, array in data.items()}
    rate = {"learning_rate": 1e-2}
    members = [Member(f"{i}", model, i, i, rate) for i in range(options.seeds)]
    make = partial(positionwise, judge=judge, steps=options.steps)
    every = lab.chunk_length(options.steps, 100)
    fitted = fit(members, make, train, steps=options.steps, batch_size=8, every=every)
    read = jax.jit(lambda params: model.apply(params, test["x"]))
    outputs = [read(fitted[member.name][1]) for member in members]
    errors = [float(judge(output, test["y"])[1]) for output in outputs]
    first = np.asarray(outputs[0][0])
    return errors, first.argmax(-1) if first.shape[-1] > 1 else first[..., 0]


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    check, results = lab.Check, found["results"]
    plain, dilated = found["fields"]
    wrong = sum((rows[:, 0] != rows[:, 1]).sum() for rows in (plain, dilated))
    grown = dilated[:, 1] + 1
    versus = lab.Expecting(results).versus
    own = {(c["task"], c["kind"]): c for c in results.conditions}
    return {
        "field": check(
            f"Stacks of 1 to {len(plain)} layers, plain and doubling: cases where the "
            "input's gradient extends over another field than the formula's",
            wrong, least=0, most=0,
        ),
        "exponential": check(
            "Doubling: factor by which each layer multiplies the field (plus 1), least",
            (grown[1:] / grown[:-1]).min(), least=2, most=2,
        ),
        "full": check(
            "Doubling: fraction of the inputs inside the field that have a gradient, "
            "least of all depths", dilated[:, 2].min(), least=1, most=1,
        ),
    } | {
        name: versus(
            own[name, "dilated"], own[name, "plain"], ERROR, "lower",
            f"Error with dilation minus plain: {words}",
        )
        for name, (words, *_) in TASKS.items()
    }  # fmt: skip


def figures(found: Any) -> list[DataFigure]:
    """Fields against depth, and what the networks of the three tasks answer."""
    shown, names = found["shown"], ("plain: 1, 1, 1 ...", "doubling: 1, 2, 4 ...")
    (_, canvas), *maps = shown["segmentation"].items()
    curves = {
        TASKS[name][0]: {k: v[-40:] for k, v in shown[name].items() if k != "shown"}
        for name in ("audio", "forecast")
    }
    rows = zip(names, found["fields"], strict=True)
    lines = {name: (1 + np.arange(len(f)), *f.T[:2]) for name, f in rows}
    return [
        DataFigure(
            measured_lines(lines, "layers", "receptive field", "distances"),
            "fields",
            "What a middle output sees, along an axis, in stacks of kernel size 3: by "
            "the formula (lines) and by the extent of its gradient (marks).",
        ),
        DataFigure(
            predictions(("canvas", canvas), dict(maps), curves),
            "tasks",
            "A test example of each task, and answers of the first seed's networks; "
            "the table has the means. Top: two digits, and the class of their pixels. "
            "Below: 40 samples of a sound, its period, each said from those before it; "
            "40 hours of a series, each said a day before.",
        ),
    ]


def tables(found: Any) -> list[Table]:
    """Fields and errors of the networks."""
    caption = (
        "Networks of a task differ in their distances alone; those of an image end "
        "with a distance of 1. Fields that an answer needs: 14 (width of a digit), 40 "
        "(period of the sound), 145 (the same hour a week before). Error: fraction of "
        "the digits' pixels with a wrong class; squared error over the variance."
    )
    return [by_condition(found["results"], (ERROR,), caption, head="network")]


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
