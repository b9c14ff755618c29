"""What do a hundred labels teach a VAE, and what does a VAE make of them?

A conditional VAE is given the class, so its latents need not say it: they become style,
and one style can be drawn in every class. Where the class is missing it is a latent
itself, q(y|x) a classifier, and the sum over all classes trains it without a label
(M2). M1+M2 first learns codes with a plain VAE (M1), without any label, and then an M2
of these codes. In print M1+M2 is far better; in this short training it is worse. What
unlabelled images are worth is seen in M2: it errs less than the same classifier that
learns from the labels alone. Codes are not better as such: a linear classifier errs
more on them than on pixels. But images of a class lie close together among them:
labels that propagate from neighbour to neighbour do better than M1+M2. An M2 of a
hundred labels draws most styles in the class that it is asked for, and so does, after
as many steps, a conditional VAE that was told all labels. The latents of both say less
of the class than as many latents of a plain VAE, though more than nothing.
"""

import dataclasses
from functools import partial
from typing import Any

import numpy as np

from aejax import lab, models
from aejax.algorithms.semi_supervised import bounds
from aejax.data import splits
from aejax.data.shrink import halved
from aejax.eval import encoders, probes
from aejax.eval.obedience import by_nearest
from aejax.eval.reading import class_known
from aejax.lab import labelled_vaes
from aejax.lab.blocks import seeds
from aejax.lab.blocks.views import by_condition
from aejax.report.figures import grids
from aejax.report.lessons import DataFigure
from aejax.report.tables import Table

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
KNOWN = lab.Measure("known", "class known from the latents", "%", ".1f", scale=100)
MEASURES = (ERROR, OBEYED, KNOWN)
METHODS = {
    "pixels": "logistic regression on pixels",
    "codes": "logistic regression on codes of M1",
    "propagation": "label propagation on codes of M1",
    "alone": "q(y|x) of M2, from the labels alone",
    "m2": "M2",
    "m1_m2": "M1+M2",
}
OTHERS = {
    "m1_short": "M1 with as many latents as M2's style",
    "conditional": "conditional VAE, all labels",
}
"""Beside the classifiers, for what their latents say."""

ALONE = {"unlabelled": 0.0, "labelled": 0.0, "classification": 1.0}
CONDITIONAL = {"unlabelled": 0.0, "labelled": 1.0, "classification": 0.0}
"""Weights of U, L and the classifier."""

PUBLISHED = {"m2": 12.0, "m1_m2": 3.3}
"""Errors in % of Kingma et al. 2014 with 100 labels."""
DEVIATION = 0.5
"""Of codes of M1 given class and style; that of all of them is about 1."""

STYLES = 8


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
    rows = probes.balanced_sets(
        options.seeds, told.labels, data.classes, options.labels
    )
    m1 = labelled_vaes.plain_codes(
        run, {"m1": options.zdim, "m1_short": options.style}, options.width
    )
    codes, pixels = m1["m1"][0], encoders.pixels(data.train.images, data.test.images)

    def of(length: int) -> models.LabelledVAE:
        return models.LabelledVAE(length, data.classes, options.style, options.width)

    alpha = {"classification": options.classification}
    on_pixels = partial(labelled_vaes.of_pixels, run, of(pixels.test.shape[-1]), told)
    m2 = on_pixels(rows, alpha)
    alone = on_pixels(rows, ALONE)
    every = np.broadcast_to(np.arange(len(told.labels)), (len(rows), len(told.labels)))
    conditional = on_pixels(every, CONDITIONAL, given=True)
    both = labelled_vaes.of_codes(
        run, of(options.zdim), told, rows, alpha, m1["m1"], DEVIATION
    )
    spaces = np.arange(len(rows))
    predicted = {
        "pixels": probes.logistic(pixels, 0 * spaces, told, rows).test,
        "codes": probes.logistic(codes, spaces, told, rows).test,
        "propagation": probes.propagated(codes, spaces, told, rows).test,
        "alone": alone["class"],
        "m2": m2["class"],
        "m1_m2": both,
    }
    latents = {
        "m1_short": m1["m1_short"][0].test,
        "m2": m2["style"],
        "conditional": conditional["style"],
    }
    drawn = {"m2": m2["drawn"], "conditional": conditional["drawn"]}
    train, right = (pixels.train[0], data.train.labels), data.test.labels
    found: dict[str, dict[str, Any]] = {
        "error": {n: (own != right).mean(1) for n, own in predicted.items()},
        "known": {n: [class_known(z, right) for z in zs] for n, zs in latents.items()},
        "obeyed": {n: by_nearest(*train, own).mean((1, 2)) for n, own in drawn.items()},
    }
    conditions = [
        lab.Condition({"method": name}, None, label=label, name=name)
        for name, label in (METHODS | OTHERS).items()
    ]
    measured = {
        (c, seed): lab.Measured(
            {key: own[c.name][seed] for key, own in found.items() if c.name in own}
        )
        for c in conditions
        for seed in range(options.seeds)
    }
    shown = np.concatenate(
        [pixels.test[0, :: labelled_vaes.EVERY][None], m2["drawn"][0]]
    )
    facts = {"drawn": shown.reshape(*shown.shape[:2], *data.image_shape)}
    return run.results(conditions, measured, facts=facts)


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    cell = {c["method"]: c for c in found.conditions}
    versus, beats = lab.Expecting(found).versus, lab.Expecting(found).beats
    return {
        "m2": versus(
            cell["m2"], cell["alone"], ERROR, "lower",
            "Unlabelled images help: M2 errs less than q(y|x) from the labels alone",
        ),
        "pixels": versus(
            cell["m2"], cell["pixels"], ERROR, "lower",
            "and less than logistic regression of pixels",
        ),
        "m1_m2": versus(
            cell["m1_m2"], cell["m2"], ERROR, "higher",
            "M1+M2 errs more than M2, after this short training",
        ),
        "codes": versus(
            cell["codes"], cell["pixels"], ERROR, "higher",
            "Logistic regression errs more on codes of M1 than on pixels",
        ),
        "propagation": versus(
            cell["propagation"], cell["m1_m2"], ERROR, "lower",
            "Labels that propagate among the same codes err less than M1+M2",
        ),
        "obeyed": beats(
            cell["m2"], OBEYED, 0.5, "higher",
            "M2's drawings that are of the class that was asked for, minus one half",
            "every second one",
        ),
        "all": beats(
            cell["conditional"], OBEYED, 0.5, "higher",
            "and those of a conditional VAE with all labels", "every second one",
        ),
        "known": versus(
            cell["m2"], cell["m1_short"], KNOWN, "lower",
            "The style of M2 says less of the class than as many latents of M1",
        ),
        "style": versus(
            cell["conditional"], cell["m1_short"], KNOWN, "lower",
            "and so does that of the conditional VAE",
        ),
        "chance": beats(
            cell["conditional"], KNOWN, 0.1, "higher",
            "Its style says more of the class than nothing (10 %)",
            "chance",
        ),
    }  # fmt: skip


def figures(found: Any) -> list[DataFigure]:
    """Errors of all methods, and styles drawn in every class."""
    labelled = [c for c in found.conditions if c.name in METHODS]
    drawn = found.facts["drawn"][:, :STYLES]
    rows = [(f"style of image {i + 1}", drawn[:, i]) for i in range(drawn.shape[1])]
    classes = [str(name) for name in found.data.facts["class_names"]]
    return [
        DataFigure(
            seeds.rows(found, ERROR, labelled, PUBLISHED, "split of labels"),
            "errors",
            "Test errors of all label splits. Published: Kingma et al. 2014, all of "
            "MNIST, with 100 labels.",
        ),
        DataFigure(
            grids.sheet(rows, columns=["image", *classes]),
            "analogies",
            "First column: a test image. Beside it M2 draws its style in every class.",
        ),
    ]


def tables(found: Any) -> list[Table]:
    """Errors, and what the latents know."""
    height, width, _ = found.data.image_shape
    m2, m1_m2 = PUBLISHED.values()
    caption = (
        f"{len(found.data.train.images):,} training images of {height} × {width} "
        f"pixels, {found.options.steps:,} steps; published, with 60,000 images of "
        f"28 × 28 pixels and far longer training: M2 {m2:g} %, M1+M2 {m1_m2:g} %. "
        "Class drawn as asked: the nearest training image has it. Class known: by "
        "logistic regression on the latents of one half of the test images, tested on "
        "the other (chance is 10 %)."
    )
    table = by_condition(found, MEASURES, caption, head="method")
    return [dataclasses.replace(table, is_headline=True)]


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
