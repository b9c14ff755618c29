"""Which way of translating images suits which pairs: exact, loose, or none?

Filled digits are to become outlines, and outlines filled. With exact pairs this is
regression, and a conditional GAN with an error term does it best. With loose pairs,
whose partners are moved and bent, that term is least for a mean of what could be meant,
which costs distance. Without pairs it misleads: it asks for the mean of all outlines,
whatever was shown, and the class gets lost. GAN and CycleGAN never look at partners.
But a plain GAN has only to make what passes for an outline, while a CycleGAN has to be
able to go back, and so has to keep what was shown. The choice follows: pairs that fit,
conditional GAN; none, CycleGAN; with loose pairs the conditional GAN reaches the style
more often, and the table shows how little the two differ otherwise.

The plain GAN's row says nothing about pairs, which it does not use. From the outlines
themselves, the same images in exact pairs and in none, it did not learn the style well
in its few steps; from the bent ones of loose pairs it did. All three methods share one
small network, whose outputs see a neighbourhood of each pixel; no other was tried.
"""

import dataclasses
from functools import partial
from typing import Any

import flax.linen as nn
import jax
import numpy as np

from aejax import images, lab, models
from aejax.algorithms.translation import translate, translation
from aejax.data import styles
from aejax.data.styles import PAIRINGS
from aejax.eval.translation import Judge
from aejax.lab.blocks.crossed import Crossed
from aejax.report.figures import strips
from aejax.report.lessons import DataFigure

METHODS = {
    "GAN": {"cycle": 0.0, "error": 0.0, "paired": 0.0},
    "CycleGAN": {"cycle": 2.0, "error": 0.0, "paired": 0.0},
    "conditional GAN": {"cycle": 0.0, "error": 10.0, "paired": 1.0},
}
FORMULAS = (
    (
        r"\min_D\; \mathbb{E}\,(D(b) - 1)^2 + \mathbb{E}\,D(G(a))^2, \qquad "
        r"\min_G\; \mathbb{E}\,(D(G(a)) - 1)^2",
        "GAN (least squares): the critic D tells outlines b from translations G(a) of "
        "filled images a; G makes it fail. Back, F and a second critic do the same",
    ),
    (
        r"\min_{G, F}\; \ldots + \lambda\, \mathbb{E}\,H(a, F(G(a))) + "
        r"\lambda\, \mathbb{E}\,H(b, G(F(b)))",
        "CycleGAN: what was shown has to be found again; H: cross-entropy of pixels, "
        f"λ = {METHODS['CycleGAN']['cycle']:g}",
    ),
    (
        r"\min_G\; \ldots + \mu\, \mathbb{E}\,H(b, G(a)), \qquad "
        r"D(a, b), \; D(a, G(a))",
        "conditional GAN: b is the partner of a, and the critic sees a, too; "
        f"μ = {METHODS['conditional GAN']['error']:g}",
    ),
)
PAIRS = dict(zip(PAIRINGS, ("exact pairs", "loose pairs", "no pairs"), strict=True))
KEPT = lab.Measure("kept", "class kept", "%", ".1f", "higher", scale=100)
STYLE = lab.Measure("style", "style reached", "%", ".1f", "higher", scale=100)
DISTANCE = lab.Measure("distance", "distance to the counterpart", "", ".3f", "lower")
MEASURES = (KEPT, STYLE, DISTANCE)
SHOWN = 6


@dataclasses.dataclass(frozen=True)
class Options(lab.TrainedOptions):
    """Sizes."""

    seeds: int = lab.option(5, "Of each cell, seeds 0, 1 ...", minimum=1)
    steps: int = lab.option(400, "Training steps of each model.", minimum=1)
    batch_size: int = lab.option(16, "Images of each style per step.", minimum=1)
    learning_rate: float = lab.option(4e-3, "Peak learning rate.", minimum=0)
    width: int = lab.option(16, "Channels of each hidden layer.", minimum=1)
    looseness: float = lab.option(1.0, "Strength of loose pairs' warps.", minimum=0)
    test: int = lab.option(400, "Test images, at most.", minimum=1)


def run(options: Options, paired: Any = styles.partners) -> lab.Results:
    """Trains every cell of the table with every seed as one program, and measures it.

    Args:
      options: sizes.
      paired: `(key, outlines, strength) -> [3, n, h, w, 1]`, under test.
    """
    data = lab.small_data(options, "mnist_5k")
    run = lab.small_lab(options, data, MEASURES)
    train, test = (styles.both(part.images) for part in (data.train, data.test))
    partners = paired(jax.random.key(0), train.outline, options.looseness)
    conditions = design(options, train.filled.shape[1:])
    trained = run.fit(
        conditions,
        partial(translation, steps=options.steps),
        data={"a": train.filled, "b": partners},
        held_out={"a": test.filled[:8]},
    )
    real = {"a": images.unit(test.filled), "b": images.unit(test.outline)}
    found = run.evaluate(trained, both_ways, real)
    true = [np.asarray(part) for part in real.values()]
    judge = Judge(train, data.train.labels)
    success = partial(judge.success, true=test, labels=data.test.labels)
    some = np.linspace(0, len(true[0]) - 1, SHOWN).round().astype(int)
    measured = {
        (condition, seed): lab.Measured(
            success(found[name]["a"], found[name]["b"]),
            {"outlines": found[name]["b"][some]},
        )
        for condition, seed, name in run.alive(conditions, trained)
    }
    facts = {
        "shown": {"shown": true[0][some], "counterpart": true[1][some]},
        "real images": success(*true),
        "left as they are": success(*true[::-1]),
    }
    return run.results(conditions, measured, [trained], facts=facts)


def design(options: Options, shape: tuple[int, ...]) -> list[lab.Condition]:
    """The cells of the table, method by pairs."""
    model = models.Translation(
        models.Translator(shape, options.width, activation=nn.leaky_relu),
        models.ConvEncoder(1, width=8, depth=2, activation=nn.leaky_relu),
    )
    return [
        lab.Condition(
            {"method": method, "pairs": pairs},
            model,
            {**weights, "pairing": float(i)},
            f"{method}, {PAIRS[pairs]}",
        )
        for method, weights in METHODS.items()
        for i, pairs in enumerate(PAIRINGS)
    ]


def both_ways(model: Any, params: Any, data: Any, hparams: Any) -> dict[str, jax.Array]:
    """Outlines of filled images ("b"), and filled images of outlines ("a")."""
    del hparams
    ways = {"b": "a", "a": "b"}
    return {to: translate(model, params, to, data[of]) for to, of in ways.items()}


def claims(found: Any) -> lab.Claims:
    """What the run must show."""
    cell = {(c["method"], c["pairs"]): c for c in found.conditions}
    gan, cycle, conditional = METHODS
    versus = lab.Expecting(found).versus
    return {
        "pairs": versus(
            cell[conditional, "accurate"], cell[cycle, "accurate"], DISTANCE, "lower",
            "With exact pairs the conditional GAN is nearer to the counterpart than "
            "the CycleGAN",
        ),
        "loose": versus(
            cell[conditional, "loose"], cell[conditional, "accurate"], DISTANCE,
            "higher", "Loose pairs cost the conditional GAN distance",
        ),
        "none": versus(
            cell[conditional, "none"], cell[conditional, "accurate"], KEPT, "lower",
            "and without pairs it loses the class",
        ),
        "unpaired": versus(
            cell[cycle, "none"], cell[conditional, "none"], KEPT, "higher",
            "Without pairs the CycleGAN keeps more classes than the conditional GAN",
        ),
        "around": versus(
            cell[cycle, "none"], cell[gan, "none"], DISTANCE, "lower",
            "and is nearer to the counterpart than the GAN alone",
        ),
        "style": versus(
            cell[conditional, "loose"], cell[cycle, "loose"], STYLE, "higher",
            "With loose pairs the conditional GAN reaches the style more often than "
            "the CycleGAN",
        ),
        "judge": lab.Check(
            "Real images of both styles whose class the nearest training image tells",
            found.facts["real images"]["kept"], least=0.85,
        ),
    }  # fmt: skip


def figures(found: Any) -> list[DataFigure]:
    """The table as images: outlines of filled digits."""
    rows = [list(found.facts["shown"].items())]
    for method in METHODS:
        rows.append([])
        for condition in found.where(method=method):
            kept, distance = (found.mean(m, condition) for m in (KEPT, DISTANCE))
            words = f"class kept {100 * kept:.0f} %, distance {distance:.2f}"
            made = found.array("outlines", condition)
            rows[-1].append((f"{condition.label}\n{words}", made))
    return [
        DataFigure(
            strips(rows),
            "table",
            "Filled test digits and what each translator makes of them, of the first "
            "seed; the way back is not shown. Numbers are means over seeds and both "
            "directions, as in the tables.",
        )
    ]


def tables(found: Any) -> list[Any]:
    """Measured success, method by pairs, a table for each measure."""
    real, left = (found.facts[name] for name in ("real images", "left as they are"))
    notes = {
        KEPT: "Translations whose nearest training image, of either style, has the "
        f"class of the original; real images: {100 * real['kept']:.1f} %.",
        STYLE: "Translations whose nearest training image has the style asked for; "
        "that does not see blur.",
        DISTANCE: "Root mean squared error of a pixel from the true counterpart; "
        f"images left as they are: {left['distance']:.3f}.",
    }
    table = partial(Crossed, rows="method", columns="pairs", heads=PAIRS)
    both = "Both directions together."
    each = (table(m, note=f"{note} {both}") for m, note in notes.items())
    return [view for block in each for view in block.views(found)]


QUESTION = lab.Question.of(
    globals(),
    number=13,
    title="Translation of images",
    code=(styles.partners, translation),
    small={"seeds": 4, "test": 200},
    dataset="mnist_5k",
    references=(
        "Goodfellow et al., Generative adversarial nets, 2014",
        "Isola et al., Image-to-image translation with conditional adversarial "
        "networks (pix2pix), 2017",
        "Zhu et al., Unpaired image-to-image translation using cycle-consistent "
        "adversarial networks, 2017",
    ),
)
