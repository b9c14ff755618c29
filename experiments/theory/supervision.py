r"""What does an encoder keep that is trained without labels, and one that is with them?

Without labels the code has to keep whatever the image needs: a simple probe finds the
position of the digit and its slant in it, which no one asked for, and reads the class
badly. Trained with labels, the same encoder from the same initial weights gives the
class, and less of the nuisances; but it does not forget them, as "it keeps what tells
the class, and nothing else" has it. Position and slant are still there in good part,
and stroke width almost as well as without labels.

What the absence of labels costs depends on what varies most. These digits are moved by
up to 3 pixels, and a code of 16 numbers goes to position first. While labels are very
few, a probe of the unlabelled code and a network trained with these labels alone are
about equally poor. Then more labels help the network and no longer the probe, whose
code lacks the class: 500 labels are worth more to the network than 4,000 to the probe.
Unlabelled images are cheap, but they do not say which of their variation matters.
"""

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax

from aejax import algorithm, lab, models
from aejax import images as im
from aejax.algorithms.schedules import one_cycle_adam
from aejax.eval import strokes
from aejax.eval.reading import read_class, read_numbers
from aejax.lab import Measure
from aejax.lab.blocks.views import Summary, scaled
from aejax.lab.question import Claims
from aejax.losses import reconstruction
from aejax.report import figures as drawn
from aejax.report.lessons import DataFigure
from aejax.report.style import COLOURS, MARKERS, new_figure, settle, styled

FORMULAS = (
    (
        r"\min_{f, g}\; E\,\mathrm{BCE}(x,\, g(f(x)))",
        "without labels: the code f(x) has to keep what the image needs",
    ),
    (
        r"\min_{f, h}\; -E\, \log\, \mathrm{softmax}(h(f(x)))_y",
        "with labels: the code has to keep what tells the class y, and nothing else",
    ),
    (
        r"R^2 = 1 - \frac{E\,(s - \hat{s})^2}{\mathrm{Var}\, s}",
        "of a nuisance s: the part of its variance that a probe of the code predicts",
    ),
)

IMAGES, CLASSES, NOTHING = "reconstruction", "classes", "untrained"
WEIGHTS = {IMAGES: (1.0, 0.0), CLASSES: (0.0, 1.0), NOTHING: (0.0, 0.0)}
"""Of reconstruction and of classification in the loss."""

MEASURES = (
    CLASS := Measure("class", "class, accuracy", "%", ".1f", "higher", scale=100),
    POSITION := Measure("position", "position, R²", "%", ".1f", scale=100),
    WIDTH := Measure("width", "stroke width, R²", "%", ".1f", scale=100),
    SLANT := Measure("slant", "slant, R²", "%", ".1f", scale=100),
    REACHED := Measure("reached", "test accuracy", "%", ".1f", "higher", scale=100),
)  # fmt: skip


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


class TwoHeads(nn.Module):
    """An encoder whose code goes to a decoder and to a classifier."""

    autoencoder: models.MlpAutoencoder
    classes: int = 10

    def setup(self) -> None:
        """The classifier."""
        self.head = nn.Dense(self.classes)

    def __call__(self, images: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Images to logits of images and of classes."""
        code = self.encode(images)
        return self.autoencoder.logits(code), self.head(nn.relu(code))

    def encode(self, images: jax.Array) -> jax.Array:
        """Images to codes."""
        return self.autoencoder.encode(images)


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


def moved(images: np.ndarray, limit: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Each image moved by whole pixels, and by how many rows and columns."""
    by = np.random.default_rng(seed).integers(-limit, limit + 1, (len(images), 2))
    pairs = zip(images, by, strict=True)
    return np.stack([np.roll(image, way, (0, 1)) for image, way in pairs]), by


def prepared(part: Any, limit: int, seed: int) -> dict[str, Any]:
    """Moved images with their class and the nuisances that are known of them."""
    images, by = moved(part.images, limit, seed)
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
    laboratory = lab.small_lab(options, data, MEASURES)
    shared = models.MlpAutoencoder(options.zdim, (options.hidden,), data.image_shape)
    model = TwoHeads(shared, data.classes)

    def condition(
        objective: str, labels: int, is_trained: bool = True
    ) -> lab.Condition:
        images, classes = weights[objective]
        hparams = {"images": images, "classes": classes, "labels": float(labels)}
        factors = {"objective": objective, "labels": labels}
        return lab.Condition(factors, model if is_trained else None, hparams, objective)

    with_labels = [condition(CLASSES, n) for n in sizes]
    without = [condition(IMAGES, n, n == count) for n in sizes]
    conditions = [*with_labels, *without, condition(NOTHING, count)]
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
            for reading in without:
                labels = reading["labels"]
                found = class_probe(codes, parts, seed, labels)
                old = measured.get((reading, seed), lab.Measured({}))
                measured[reading, seed] = old.with_scalars(reached=found)
    results = laboratory.results(conditions, measured, [fitted])
    return {"results": results, "sizes": sizes}


def looked_at(model: Any, params: Any, batch: Any) -> Any:
    """The code of images, and the class that the second head gives them."""
    code = model.apply(params, batch, method="encode")
    return {"code": code, "class": model.apply(params, batch)[1].argmax(-1)}


def class_probe(codes: Any, parts: Any, seed: int, labels: int) -> float:
    """Test accuracy of a probe of the codes of so many labelled images."""
    count = len(codes["train"])
    rows = (np.arange(labels) + seed * (count // 5)) % count
    known, right = (parts[part]["label"] for part in ("train", "test"))
    train, test = codes["train"], codes["test"]
    return read_class(train[rows], known[rows], test, right, over=train)


def probed(codes: Any, parts: Any, seed: int, count: int) -> dict[str, float]:
    """What can be read of codes: the class, and the nuisances (R² of test images)."""
    known, right = (parts[part]["nuisances"] for part in ("train", "test"))
    return {"class": class_probe(codes, parts, seed, count)} | {
        name: read_numbers(codes["train"], known[name], codes["test"], right[name])
        for name in known
    }


def claims(found: Any) -> Claims:
    """What the run must show."""
    results, sizes = found["results"], found["sizes"]
    every, enough = sizes[-1], sizes[len(sizes) // 2]
    with_labels, without = (
        {n: results.find(objective=o, labels=n) for n in sizes}
        for o in (CLASSES, IMAGES)
    )
    versus = lab.Expecting(results).versus
    images, classes = without[every], with_labels[every]
    untrained = results.find(objective=NOTHING)
    return {
        "class": versus(
            classes, images, CLASS, "higher",
            "The class is read better from a code that was trained with labels",
        ),
        "position": versus(
            images, classes, POSITION, "higher",
            "Position is kept better without labels",
        ),
        "slant": versus(
            images, classes, SLANT, "higher", "Slant is kept better without labels"
        ),
        "enough": versus(
            with_labels[enough], without[every], REACHED, "higher",
            f"A network trained with {enough} labels is better than a probe of the "
            f"unlabelled code with {every:,}",
        ),
        "remains": versus(
            classes, untrained, POSITION, "higher",
            "Position is not forgotten with labels: compared with an untrained encoder",
        ),
    }  # fmt: skip


@styled()
def figures(found: Any) -> list[DataFigure]:
    """What is kept; what labels are worth."""
    return [kept(found), worth(found)]


def kept(found: Any) -> DataFigure:
    """What can be read of each code."""
    results, sizes = found["results"], found["sizes"]
    measures = (CLASS, POSITION, WIDTH, SLANT)
    figure = new_figure(6.4, 2.9)
    axes = figure.add_subplot()
    for i, name in enumerate((IMAGES, CLASSES, NOTHING)):
        condition = results.find(objective=name, labels=sizes[-1])
        read = [scaled(results.estimate(m, condition), m.scale) for m in measures]
        axes.errorbar(
            [found.mean for found in read],
            np.arange(len(measures)) + 0.2 * (i - 1),
            xerr=[found.half_width for found in read],
            fmt=MARKERS[i], color=COLOURS[i], capsize=3, label=name,
        )  # fmt: skip
    axes.set_yticks(range(len(measures)), [m.label for m in measures])
    axes.set(xlim=(0, 100), xlabel="read by a probe [%]")
    axes.invert_yaxis()
    figure.legend(loc="outside right center", title="trained for")
    return DataFigure(
        settle(figure),
        "kept",
        "What can be read of the code of one encoder (same initial weights) that was "
        "trained to reconstruct, to classify with all labels, or not at all; mean and "
        "95 % interval over seeds.",
    )


def worth(found: Any) -> DataFigure:
    """Accuracy against the number of labels."""
    results, sizes = found["results"], found["sizes"]
    ways = {"probe of the unlabelled code": IMAGES, "network with labels": CLASSES}
    series = {}
    for words, name in ways.items():
        conditions = [results.find(objective=name, labels=n) for n in sizes]
        series[words] = 100 * results.by_seed(REACHED, conditions).T
    return DataFigure(
        drawn.against(
            sizes, series, xlabel="labelled images", ylabel="test accuracy [%]"
        ),
        "labels",
        "What so many labels are worth. The encoder of the probe saw all "
        f"{sizes[-1]:,} images, without their labels; the network saw the labelled "
        "ones alone. Points are seeds, bars standard deviations.",
    )


def tables(found: Any) -> list[Any]:
    """Every encoder with every measure."""
    factors = {"objective": "trained for", "labels": "labels"}
    note = (
        "Probes of the class are logistic regressions on the code, those of nuisances "
        "quadratic regressions; where trained for reconstruction with fewer labels, "
        "only the probe had fewer."
    )
    return [*Summary(MEASURES, factors=factors, note=note).views(found["results"])]


QUESTION = lab.Question.of(
    globals(),
    number=2,
    title="Training without labels and with them",
    code=(labelled, training),
    small={"steps": 200, "hidden": 64, "labels": (50, 500)},
    dataset="mnist_5k",
)
