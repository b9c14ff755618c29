r"""What does an encoder keep that is trained without labels, and one that is with them?

Without labels the code has to keep whatever the image needs. Probes find the position
of the digit, its slant and its stroke width in it, which no one asked for, and also the
class: a quadratic probe reads it nearly as well as from a code that was trained with
labels. A linear probe reads it worse. So labels change above all the form in which the
class is kept. Trained with them, the same encoder from the same initial weights has
less of the nuisances.

What the absence of labels costs depends on what reads the code. To a network that is
trained with them alone, 500 labels are worth more than 4,000 to a linear probe of the
unlabelled code, but less than the same 500 to a quadratic probe of it: the code has
learnt from all images, and it takes a probe that can use it.
"""

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from aejax import lab, models
from aejax.algorithms.two_heads import some_of_them, two_heads
from aejax.data.augment import rolled
from aejax.eval import strokes
from aejax.eval.reading import quadratic, read_class, read_numbers
from aejax.lab import Measure
from aejax.lab.question_claims import Claims, all_minus
from aejax.models.two_heads import TwoHeads

FORMULAS = (
    (
        r"\min_{f, g}\; E\,\mathrm{BCE}(x,\, g(f(x)))",
        "without labels: the code f(x) has to keep what g needs to draw the image x",
    ),
    (
        r"\min_{f, h}\; -E\, \log\, \mathrm{softmax}(h(f(x)))_y",
        "with labels: nothing but what tells the class y is rewarded; h is one layer",
    ),
)

IMAGES, CLASSES = "reconstruction", "classes"
WEIGHTS = {IMAGES: (1.0, 0.0), CLASSES: (0.0, 1.0)}
"""Of reconstruction and of classification in the loss."""

PROBES: dict[str, Any] = {"linear": np.asarray, "quadratic": quadratic}
"""What a logistic regression is given of a code."""

MEASURES = (
    LINEAR := Measure("linear", "class, linear probe", "%", ".1f", scale=100),
    QUADRATIC := Measure("quadratic", "class, quadratic probe", "%", ".1f", scale=100),
    Measure("position", "position, R²", "%", ".1f", scale=100),
    Measure("width", "stroke width, R²", "%", ".1f", scale=100),
    Measure("slant", "slant, R²", "%", ".1f", scale=100),
)
REACHED = Measure("reached", "test accuracy", "%", ".1f", "higher", scale=100)


@dataclasses.dataclass(frozen=True)
class Options(lab.TrainedOptions):
    """Sizes."""

    seeds: int = lab.option(4, "Encoders of each kind.", minimum=1)
    steps: int = lab.option(500, "Training steps of each encoder.", minimum=1)
    labels: tuple[int, ...] = lab.option((50, 150, 500, 1500), "Few ones.", minimum=20)


def prepared(part: Any, seed: int) -> dict[str, Any]:
    """Images moved by up to 3 pixels, with the class and nuisances that are known."""
    images, by = rolled(part.images, 3, seed)
    nuisances = {
        "position": by,
        "width": strokes.stroke_width(part.images)[:, None],
        "slant": strokes.slant(part.images)[:, None],
    }
    return {"image": images, "label": part.labels, "nuisances": nuisances}


def run(
    options: Options, weights: Mapping[str, tuple[float, float]] = WEIGHTS
) -> lab.Results:
    """Trains encoders with and without labels in one program, and probes them.

    Args:
      options: sizes.
      weights: of reconstruction and classification, for each objective.
    """
    data = lab.small_data(options, "mnist_5k")
    train, test = prepared(data.train, 0), prepared(data.test, 1)
    count = len(data.train.labels)
    sizes = sorted({min(n, count) for n in (*options.labels, count)})
    laboratory = lab.small_lab(options, data, (*MEASURES, REACHED))
    shared = models.MlpAutoencoder(16, (128,), data.image_shape)

    def condition(objective: str, labels: int, label: str) -> lab.Condition:
        factors = {"objective": objective, "labels": labels}
        if objective in PROBES:
            return lab.Condition(factors, label=label)
        images, classes = weights[objective]
        own = {"images": images, "classes": classes, "labels": float(labels)}
        return lab.Condition(factors, TwoHeads(shared, data.classes), own, label)

    trained = [condition(CLASSES, n, f"trained with {n:,} labels") for n in sizes]
    trained.append(condition(IMAGES, count, "trained without labels"))
    readings = [
        condition(p, n, f"{p} probe, {n:,} labels") for p in PROBES for n in sizes
    ]
    arrays, held_out = ({k: x[k] for k in ("image", "label")} for x in (train, test))
    make = partial(two_heads, steps=options.steps)
    fitted = laboratory.fit(trained, make, data=arrays, held_out=held_out)
    known, seen = (
        laboratory.predict(fitted, looked_at, x["image"]) for x in (train, test)
    )
    measured = {}
    for one, seed, name in laboratory.alive(trained, fitted):
        both = {**train, **known[name]}, {**test, **seen[name]}
        scalars = {"reached": np.mean(seen[name]["class"] == test["label"])}
        if one["labels"] == count:
            scalars |= {p: class_probe(*both, seed, count, p) for p in PROBES}
            (a, of_a), (b, of_b) = ((p["code"], p["nuisances"]) for p in both)
            scalars |= {k: read_numbers(a, of_a[k], b, of_b[k]) for k in of_a}
        measured[one, seed] = lab.Measured(scalars)
        for reading in readings if one["objective"] == IMAGES else ():
            right = class_probe(*both, seed, reading["labels"], reading["objective"])
            measured[reading, seed] = lab.Measured({"reached": right})
    return laboratory.results([*trained, *readings], measured, [fitted])


def looked_at(model: Any, params: Any, batch: Any) -> Any:
    """The code of images, and the class that the second head gives them."""
    code = model.apply(params, batch, method="encode")
    return {"code": code, "class": model.apply(params, batch)[1].argmax(-1)}


def class_probe(train: Any, test: Any, seed: int, labels: int, probe: str) -> float:
    """Test accuracy of a probe of the codes of so many labelled images."""
    known, asked = (PROBES[probe](part["code"]) for part in (train, test))
    n = len(known)
    rows = (np.arange(labels) + seed * (n // 5)) % n  # As `some_of_them`.
    labelled = known[rows], train["label"][rows]
    return read_class(*labelled, asked, test["label"], over=known)


def claims(found: lab.Results) -> Claims:
    """What the run must show."""
    sizes = sorted(c["labels"] for c in found.where(objective=CLASSES))
    every, enough = sizes[-1], sizes[len(sizes) // 2]
    images, classes, linear = (
        found.find(objective=o, labels=every) for o in (IMAGES, CLASSES, "linear")
    )
    network, probed = (
        found.find(objective=o, labels=enough) for o in (CLASSES, "quadratic")
    )
    compared: dict[str, Any] = {
        "class": (classes, images, LINEAR, "higher"),
        **{m.name: (images, classes, m, "higher") for m in MEASURES[2:]},
        "cost": (network, linear, REACHED, "higher"),
        "worth": (probed, network, REACHED, "higher"),
    }
    apart = found.contrast(QUADRATIC, classes, images).estimate.interval
    return {
        **all_minus(found, compared),
        "nearly": lab.Check(
            f"Class, quadratic probe: {classes.label} minus {images.label}, farther "
            "end of the 95 % interval", 100 * np.abs(apart).max(), most=5, format=".1f",
            unit="points",
        ),
    }  # fmt: skip


def figures(found: lab.Results) -> list[Any]:
    """What is kept; what labels are worth."""
    every = found.find(objective=IMAGES)["labels"]
    both = [found.find(objective=o, labels=every) for o in WEIGHTS]
    names = {p: f"{p} probe of the unlabelled code" for p in PROBES}
    read = [c for c in found.conditions if c["objective"] != IMAGES]
    kept = lab.Forest(
        MEASURES, both, name="kept",
        note="What can be read of the code of one encoder (16 numbers, same initial "
        f"weights), trained to reconstruct or to classify with all {every:,} labels.",
    )  # fmt: skip
    worth = lab.Lines(
        [REACHED], "labels", "labelled images", series="objective", among=read,
        names={CLASSES: "network with labels", **names}, intervals=True, name="labels",
        note="The encoder of the probes saw all images, without their labels; the "
        "network only the labelled ones, which are others with each seed.",
    )  # fmt: skip
    return [*kept.views(found), *worth.views(found)]


QUESTION = lab.Question.of(
    globals(),
    number=2,
    title="Training without labels and with them",
    code=(two_heads, some_of_them),
    small={"steps": 500, "labels": (50, 500)},
    dataset="mnist_5k",
)
