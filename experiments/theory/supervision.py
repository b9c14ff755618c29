r"""What does an encoder keep that is trained without labels, and one that is with them?

Without labels the code has to keep whatever the image needs. Probes find the position
of the digit, its slant and its stroke width in it, which no one asked for, and also the
class: a quadratic probe reads it nearly as well as from a code that was trained with
labels. A linear probe reads it badly. So labels change above all the form in which the
class is kept. Trained with them, the same encoder from the same initial weights has
less of the nuisances. It need not keep any of these, but it does: each is read better
from it than from an untrained encoder.

What the absence of labels costs depends on what reads the code. To a network that is
trained with them alone, 500 labels are worth more than 4,000 to a linear probe of the
unlabelled code, but less than the same 500 to a quadratic probe of it: the code has
learnt from all images, and it takes a probe that can use it. (The encoder can also be
trained on with the labels, which is not done here: `experiments.transfer` does it.)
"""

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from aejax import algorithm, lab, models
from aejax import images as im
from aejax.algorithms.schedules import one_cycle_adam
from aejax.data.augment import rolled
from aejax.eval import strokes
from aejax.eval.reading import quadratic, read_class, read_numbers
from aejax.lab import Measure
from aejax.lab.blocks.views import Summary, scaled
from aejax.lab.question_claims import Claims, all_minus
from aejax.losses import reconstruction
from aejax.models.two_heads import TwoHeads
from aejax.report import figures as drawn
from aejax.report.lessons import DataFigure
from aejax.report.style import COLOURS, MARKERS, new_figure, settle, styled

FORMULAS = (
    (
        r"\min_{f, g}\; E\,\mathrm{BCE}(x,\, g(f(x)))",
        "without labels: the code f(x) has to keep what g needs to draw the image x",
    ),
    (
        r"\min_{f, h}\; -E\, \log\, \mathrm{softmax}(h(f(x)))_y",
        "with labels: nothing but what tells the class y is rewarded; h is one layer",
    ),
    (
        r"R^2 = 1 - \frac{E\,(s - \hat{s})^2}{\mathrm{Var}\, s}",
        "of a nuisance s: the part of its variance that a probe of the code predicts",
    ),
)

IMAGES, CLASSES, NOTHING = "reconstruction", "classes", "untrained"
WEIGHTS = {IMAGES: (1.0, 0.0), CLASSES: (0.0, 1.0), NOTHING: (0.0, 0.0)}
"""Of reconstruction and of classification in the loss."""

PROBES: dict[str, Any] = {"linear": np.asarray, "quadratic": quadratic}
"""What a logistic regression is given of a code."""

MEASURES = (
    LINEAR := Measure("linear", "class, linear probe", "%", ".1f", scale=100),
    QUADRATIC := Measure("quadratic", "class, quadratic probe", "%", ".1f", scale=100),
    POSITION := Measure("position", "position, R²", "%", ".1f", scale=100),
    WIDTH := Measure("width", "stroke width, R²", "%", ".1f", scale=100),
    SLANT := Measure("slant", "slant, R²", "%", ".1f", scale=100),
)
NUISANCES = MEASURES[2:]
REACHED = Measure("reached", "test accuracy", "%", ".1f", "higher", scale=100)


@dataclasses.dataclass(frozen=True)
class Options(lab.TrainedOptions):
    """Sizes."""

    seeds: int = lab.option(4, "Encoders of each kind.", minimum=1)
    steps: int = lab.option(500, "Training steps of each encoder.", minimum=1)
    hidden: int = lab.option(128, "Units of the hidden layers.", minimum=1)
    zdim: int = lab.option(16, "Length of the code.", minimum=1)
    shift: int = lab.option(3, "Pixels by which digits are moved at most.", minimum=1)
    labels: tuple[int, ...] = lab.option(
        (50, 150, 500, 1500), "Labelled images; all of them, too.", minimum=20
    )


def labelled(data: Any, rows: jax.Array, key: jax.Array, hparams: Any) -> Any:
    """Only images that a member may see: so many, and its seed decides which."""
    del key
    count = len(data["label"])
    seen = hparams.get("labels", float(count))
    begin = jnp.asarray(hparams.get("data_seed", 0), jnp.int32) * (count // 5)
    own = (rows % jnp.asarray(seen, jnp.int32) + begin) % count
    return {name: array[own] for name, array in data.items()}


def training(steps: int, model: TwoHeads) -> algorithm.Algorithm:
    """Reconstruction or classification, by a member's weights of the two."""

    def loss(params: Any, batch: Any, key: jax.Array, hparams: Any) -> Any:
        del key
        shown = im.unit(batch["image"])
        rebuilt, classes = model.apply(params, shown)
        error = reconstruction.bernoulli(rebuilt, shown).mean()
        wrong = optax.softmax_cross_entropy_with_integer_labels(classes, batch["label"])
        return hparams["images"] * error + hparams["classes"] * wrong.mean(), {}

    return algorithm.gradient(model, loss, one_cycle_adam(steps), draw=labelled)


def prepared(part: Any, limit: int, seed: int) -> dict[str, Any]:
    """Moved images with their class and the nuisances that are known of them."""
    images, by = rolled(part.images, limit, seed)
    nuisances = {
        "position": by,
        "width": strokes.stroke_width(part.images)[:, None],
        "slant": strokes.slant(part.images)[:, None],
    }
    return {"image": images, "label": part.labels, "nuisances": nuisances}


def run(
    options: Options, weights: Mapping[str, tuple[float, float]] = WEIGHTS
) -> dict[str, Any]:
    """Trains encoders with and without labels in one program, and probes them.

    Args:
      options: sizes.
      weights: of reconstruction and classification, for each objective.
    """
    data = lab.small_data(options, "mnist_5k")
    parts = {
        name: prepared(part, options.shift, seed)
        for seed, (name, part) in enumerate(
            (("train", data.train), ("test", data.test))
        )
    }
    count = len(data.train.labels)
    sizes = sorted({min(n, count) for n in (*options.labels, count)})
    laboratory = lab.small_lab(options, data, (*MEASURES, REACHED))
    shared = models.MlpAutoencoder(options.zdim, (options.hidden,), data.image_shape)
    model = TwoHeads(shared, data.classes)

    def condition(objective: str, labels: int, label: str) -> lab.Condition:
        images, classes = weights[objective]
        hparams = {"images": images, "classes": classes, "labels": float(labels)}
        factors = {"objective": objective, "labels": labels}
        return lab.Condition(factors, model, hparams, label)

    conditions = [
        *(condition(CLASSES, n, f"trained with {n:,} labels") for n in sizes),
        condition(IMAGES, count, "trained without labels"),
        condition(NOTHING, count, NOTHING),
    ]
    readings = {
        (p, n): lab.Condition(
            {"objective": p, "labels": n}, label=f"{p} probe, {n:,} labels"
        )
        for p in PROBES
        for n in sizes
    }
    arrays = {
        name: {k: part[k] for k in ("image", "label")} for name, part in parts.items()
    }
    fitted = laboratory.fit(
        conditions, partial(training, options.steps),
        data=arrays["train"], held_out=arrays["test"],
    )  # fmt: skip
    seen = {
        name: laboratory.predict(fitted, looked_at, part["image"])
        for name, part in parts.items()
    }
    measured: dict[Any, Any] = {}
    for one, seed, name in laboratory.alive(conditions, fitted):
        codes = {part: seen[part][name]["code"] for part in parts}
        decided = seen["test"][name]["class"] == data.test.labels
        scalars = {"reached": decided.mean()} if one["objective"] == CLASSES else {}
        if one["labels"] == count:
            scalars |= probed(codes, parts, seed, count)
        measured[one, seed] = lab.Measured(scalars)
        if one["objective"] == IMAGES:
            for (probe, n), reading in readings.items():
                found = class_probe(codes, parts, seed, n, probe)
                measured[reading, seed] = lab.Measured({"reached": found})
    every = [*conditions, *readings.values()]
    results = laboratory.results(every, measured, [fitted])
    return {"results": results, "sizes": sizes, "options": options}


def looked_at(model: Any, params: Any, batch: Any) -> Any:
    """The code of images, and the class that the second head gives them."""
    code = model.apply(params, batch, method="encode")
    return {"code": code, "class": model.apply(params, batch)[1].argmax(-1)}


def class_probe(codes: Any, parts: Any, seed: int, labels: int, probe: str) -> float:
    """Test accuracy of a probe of the codes of so many labelled images."""
    count = len(codes["train"])
    rows = (np.arange(labels) + seed * (count // 5)) % count
    known, right = (parts[part]["label"] for part in ("train", "test"))
    train, test = (PROBES[probe](codes[part]) for part in ("train", "test"))
    return read_class(train[rows], known[rows], test, right, over=train)


def probed(codes: Any, parts: Any, seed: int, count: int) -> dict[str, float]:
    """What can be read of codes: the class, and the nuisances (R² of test images)."""
    known, right = (parts[part]["nuisances"] for part in ("train", "test"))
    classes = {p: class_probe(codes, parts, seed, count, p) for p in PROBES}
    return classes | {
        name: read_numbers(codes["train"], known[name], codes["test"], right[name])
        for name in known
    }


def claims(found: Any) -> Claims:
    """What the run must show."""
    results, sizes = found["results"], found["sizes"]
    every, enough = sizes[-1], sizes[len(sizes) // 2]
    images, classes, untrained = (
        results.find(objective=o, labels=every) for o in (IMAGES, CLASSES, NOTHING)
    )
    few = results.find(objective=CLASSES, labels=enough)
    linear, quadratic = (results.find(objective=p, labels=every) for p in PROBES)
    quadratic_few = results.find(objective="quadratic", labels=enough)
    compared: dict[str, Any] = {
        "class": (classes, images, LINEAR, "higher"),
        "form": (quadratic, linear, REACHED, "higher"),
        **{m.name: (images, classes, m, "higher") for m in NUISANCES},
        **{f"still_{m.name}": (classes, untrained, m, "higher") for m in NUISANCES},
        "cost": (few, linear, REACHED, "higher"),
        "worth": (quadratic_few, few, REACHED, "higher"),
    }
    apart = results.contrast(QUADRATIC, classes, images).estimate.interval
    return {
        **all_minus(results, compared),
        "nearly": lab.Check(
            f"Class, quadratic probe: {classes.label} minus {images.label}, farther "
            "end of the 95 % interval", 100 * np.abs(apart).max(), most=5, format=".1f",
            unit="points",
        ),
    }  # fmt: skip


@styled()
def figures(found: Any) -> list[DataFigure]:
    """What is kept; what labels are worth."""
    return [kept(found), worth(found)]


def kept(found: Any) -> DataFigure:
    """What can be read of each code."""
    results, sizes = found["results"], found["sizes"]
    figure = new_figure(6.4, 3.2)
    axes = figure.add_subplot()
    for i, name in enumerate((IMAGES, CLASSES, NOTHING)):
        condition = results.find(objective=name, labels=sizes[-1])
        read = [scaled(results.estimate(m, condition), m.scale) for m in MEASURES]
        axes.errorbar(
            [found.mean for found in read],
            np.arange(len(MEASURES)) + 0.2 * (i - 1),
            xerr=[found.half_width for found in read],
            fmt=MARKERS[i], color=COLOURS[i], capsize=3, label=name,
        )  # fmt: skip
    axes.set_yticks(range(len(MEASURES)), [m.label for m in MEASURES])
    axes.set(xlim=(0, 100), xlabel="read by a probe [%]")
    axes.invert_yaxis()
    figure.legend(loc="outside right center", title="trained for")
    return DataFigure(
        settle(figure),
        "kept",
        "What can be read of the code of one encoder (same initial weights) that was "
        "trained to reconstruct, to classify with all labels, or not at all; mean and "
        f"95 % interval over seeds. The code has {found['options'].zdim} numbers, and "
        f"digits are moved by up to {found['options'].shift} pixels: the position.",
    )


def worth(found: Any) -> DataFigure:
    """Accuracy against the number of labels."""
    results, sizes = found["results"], found["sizes"]
    ways = {f"{probe} probe of the unlabelled code": probe for probe in PROBES}
    series = {}
    for words, name in {"network with labels": CLASSES, **ways}.items():
        conditions = [results.find(objective=name, labels=n) for n in sizes]
        series[words] = 100 * results.by_seed(REACHED, conditions).T
    panel = drawn.Panel("test accuracy [%]", series, intervals=True)
    return DataFigure(
        drawn.against_panels(sizes, [panel], xlabel="labelled images"),
        "labels",
        "What so many labels are worth. The encoder of the probes saw all "
        f"{sizes[-1]:,} training images, without their labels; the network saw the "
        "labelled ones alone, which are others with each seed. Mean and 95 % interval "
        "over seeds.",
    )


def tables(found: Any) -> list[Any]:
    """Every encoder with every measure."""
    results, every = found["results"], found["sizes"][-1]
    note = (
        f"Encoders and probes had all {every:,} training images. Class: accuracy of "
        "logistic regression on the code, or on the code and all products of two of "
        "its numbers; nuisances: quadratic regression."
    )
    shown = [results.find(objective=o, labels=every) for o in WEIGHTS]
    factors = {"objective": "trained for"}
    return [*Summary(MEASURES, among=shown, factors=factors, note=note).views(results)]


QUESTION = lab.Question.of(
    globals(),
    number=2,
    title="Training without labels and with them",
    code=(labelled, training),
    small={"steps": 500, "labels": (50, 500)},
    dataset="mnist_5k",
)
