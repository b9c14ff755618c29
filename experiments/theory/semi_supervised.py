"""What do a hundred labels teach a VAE, and what does a VAE make of them?

A conditional VAE is given the class, so its latents are left for the style, and one
style can be drawn in every class. Where the class is missing it is a latent itself,
q(y|x) a classifier, and the sum over all classes trains it without a label (M2). M1+M2
first learns codes with a plain VAE (M1) and then an M2 of these codes.

Unlabelled images help: M2 errs less than the same classifier that learns from the
labels alone. In print M1+M2 is far better; in this short training it is worse, and
labels that propagate among the same codes, from neighbour to neighbour, do better. An
M2 of a hundred labels draws most styles in the class that it is asked for, and so does
a conditional VAE that was told all labels.
"""

import dataclasses
from functools import partial
from typing import Any

import numpy as np

from aejax import lab, models
from aejax.algorithms.semi_supervised import bounds
from aejax.data import splits
from aejax.data.shrink import halved
from aejax.eval import encoders
from aejax.eval.obedience import by_nearest
from aejax.eval.probes import balanced_sets, logistic, propagated
from aejax.lab.blocks import seeds
from aejax.lab.blocks.views import by_condition
from aejax.lab.labelled_vaes import EVERY, of_codes, of_pixels, plain_codes
from aejax.lab.question_claims import all_minus
from aejax.report.figures import grids
from aejax.report.lessons import DataFigure

FORMULAS = (
    (
        r"\mathcal{L}(x, y) = -\log p(x|y,z) + \mathrm{KL}(q(z|x,y)\,\|\,p(z)) - "
        r"\log p(y), \quad z \sim q(z|x,y)",
        "of an image with a label, in nats: a conditional VAE; class y, style z",
    ),
    (
        r"\mathcal{U}(x) = \sum_y q(y|x)\, \mathcal{L}(x, y) \;-\; H(q(y|x))",
        "without a label: the class is summed over; H is the entropy of q(y|x)",
    ),
    (
        r"\mathrm{minimise} \quad \mathbb{E}_{\mathrm{all}}\, \mathcal{U} + "
        r"\mathbb{E}_{\mathrm{labelled}} \,( \mathcal{L} - \alpha \log q(y|x) )",
        "M2, with a weight α of the classifier; M1+M2 is the same for x replaced by "
        "the code of a VAE of the images",
    ),
)

ERROR = lab.Measure("error", "test error", "%", ".1f", "lower", scale=100)
OBEYED = lab.Measure("obeyed", "class drawn as asked", "%", ".1f", "higher", scale=100)
MEASURES = (ERROR, OBEYED)
METHODS = {
    "pixels": "logistic regression on pixels",
    "propagation": "label propagation on codes of M1",
    "alone": "q(y|x) of M2, from the labels alone",
    "m2": "M2",
    "m1_m2": "M1+M2",
    "conditional": "conditional VAE, all labels",
}
# Weights of U, L and the classifier.
ALONE = {"unlabelled": 0.0, "labelled": 0.0, "classification": 1.0}
CONDITIONAL = {"unlabelled": 0.0, "labelled": 1.0, "classification": 0.0}
PUBLISHED = {"m2": 12.0, "m1_m2": 3.3}  # Errors in % of Kingma et al., 100 labels.
DEVIATION = 0.5  # Of codes of M1 given class and style; that of all is about 1.


@dataclasses.dataclass(frozen=True)
class Options(lab.TrainedOptions):
    """Sizes."""

    seeds: int = lab.option(10, "Label splits, each with its own models.", minimum=1)
    labels: int = lab.option(100, "Labelled images of a split.", minimum=10)
    steps: int = lab.option(800, "Training steps of each VAE.", minimum=1)
    batch_size: int = lab.option(32, "Unlabelled images per step.", minimum=1)
    learning_rate: float = lab.option(3e-3, "Peak learning rate.", minimum=0)
    width: int = lab.option(128, "Units of each hidden layer.", minimum=1)
    zdim: int = lab.option(16, "Latents of M1.", minimum=1)
    style: int = lab.option(4, "Latents of M2 beside the class.", minimum=1)
    classification: float = lab.option(50.0, "Weight α.", minimum=0)


def run(options: Options, given: Any = np.asarray) -> lab.Results:
    """Trains M1, M2 and M1+M2 of each split, and classifiers of the same splits.

    Args:
      options: sizes.
      given: `labels -> labels` that the methods are told, under test.
    """
    data = lab.small_data(options, "mnist_5k").changed(halved)
    if reason := splits.unbalanced(options.labels, data.train.labels, data.classes):
        raise lab.OptionError("labels", options.labels, reason)
    run = lab.small_lab(options, data, MEASURES)
    told = data.train._replace(labels=given(data.train.labels))
    rows = balanced_sets(options.seeds, told.labels, data.classes, options.labels)
    m1 = plain_codes(run, {"m1": options.zdim}, options.width)["m1"]
    codes, pixels = m1[0], encoders.pixels(data.train.images, data.test.images)
    sizes = {"zdim": options.style, "width": options.width, "classes": data.classes}
    model = partial(models.LabelledVAE, **sizes)
    alpha = {"classification": options.classification}
    train = partial(of_pixels, run, model(pixels.test.shape[-1]), told)
    m2 = train(rows, alpha)
    every = np.broadcast_to(np.arange(len(told.labels)), (len(rows), len(told.labels)))
    conditional = train(every, CONDITIONAL, given=True)
    spaces, tests = np.arange(len(rows)), data.test.labels
    predicted = {
        "pixels": logistic(pixels, 0 * spaces, told, rows).test,
        "propagation": propagated(codes, spaces, told, rows).test,
        "alone": train(rows, ALONE)["class"],
        "m2": m2["class"],
        "m1_m2": of_codes(run, model(options.zdim), told, rows, alpha, m1, DEVIATION),
    }
    drawn = {"m2": m2["drawn"], "conditional": conditional["drawn"]}
    real = pixels.train[0], data.train.labels
    found: dict[str, dict[str, Any]] = {
        "error": {n: (own != tests).mean(1) for n, own in predicted.items()},
        "obeyed": {n: by_nearest(*real, own).mean((1, 2)) for n, own in drawn.items()},
    }
    conditions = [
        lab.Condition({"method": name}, None, label=label, name=name)
        for name, label in METHODS.items()
    ]
    measured = {
        (c, seed): lab.Measured(
            {key: own[c.name][seed] for key, own in found.items() if c.name in own}
        )
        for c in conditions
        for seed in range(options.seeds)
    }
    tested = pixels.test[:, ::EVERY]
    shown = np.concatenate([tested, m2["drawn"][0]])[:, :8]
    facts = {"drawn": shown.reshape(*shown.shape[:2], *data.image_shape)}
    return run.results(conditions, measured, facts=facts)


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    cell = {c["method"]: c for c in found.conditions}
    right = "drawings of the class that was asked for, minus one half"
    errors = {
        "m2": (cell["m2"], cell["alone"], ERROR, "lower"),
        "pixels": (cell["m2"], cell["pixels"], ERROR, "lower"),
        "m1_m2": (cell["m1_m2"], cell["m2"], ERROR, "higher"),
        "propagation": (cell["propagation"], cell["m1_m2"], ERROR, "lower"),
    }
    obeyed = {
        name: lab.Expecting(found).beats(
            cell[of], OBEYED, 0.5, "higher", f"{cell[of].label}: {right}"
        )
        for name, of in {"obeyed": "m2", "all": "conditional"}.items()
    }
    return all_minus(found, errors) | obeyed


def figures(found: Any) -> list[DataFigure]:
    """Errors of all methods, and styles drawn in every class."""
    *labelled, _ = found.conditions
    drawn = found.facts["drawn"]
    rows = [(f"style of image {i + 1}", drawn[:, i]) for i in range(drawn.shape[1])]
    classes = [str(name) for name in found.data.facts["class_names"]]
    return [
        DataFigure(
            seeds.rows(found, ERROR, labelled, PUBLISHED, "split of labels"),
            "errors",
            "Test errors of all label splits. Published: Kingma et al. 2014, with 100 "
            "labels: all of MNIST, images of 28 × 28 pixels, far longer training.",
        ),
        DataFigure(
            grids.sheet(rows, columns=["image", *classes]),
            "analogies",
            "First column: a test image. Beside it M2 draws its style in every class.",
        ),
    ]


def tables(found: Any) -> list[Any]:
    """Errors, and how many drawings are as asked."""
    caption = (
        f"{found.options.steps:,} steps; images of half the width and height. Class "
        "drawn as asked: the nearest training image has it."
    )
    return [by_condition(found, MEASURES, caption, head="method")]


QUESTION = lab.Question.of(
    globals(),
    number=8,
    title="Conditional and semi-supervised VAEs",
    code=(bounds,),
    dataset="mnist_5k",
    references=(
        "Kingma, Rezende, Mohamed & Welling, Semi-supervised learning with deep "
        "generative models, 2014 (M1, M2, M1+M2)",
        "Zhou et al., Learning with local and global consistency, 2003 (propagation)",
    ),
)
