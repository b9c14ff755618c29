"""Which way of translating images suits which pairs: exact, loose, or none?

Filled digits are to become outlines, and outlines filled. With exact pairs this is
regression, and a conditional GAN with an error term does it best. With loose pairs,
whose partners are moved and bent, the error is least for a mean of what could be meant:
a blur, and the critic only sharpens it. Without pairs that term misleads: it asks for
the mean of all outlines, whatever was shown, and the class gets lost. GAN and CycleGAN
never look at partners, so they lose nothing without them; but a plain GAN has only to
make what passes for an outline, here or there, while a CycleGAN has to be able to go
back, and so has to keep what was shown. The choice follows: pairs that fit, conditional
GAN; none, CycleGAN; with loose ones the two come out alike here. All need a network
whose form is near the answer: one that sees a neighbourhood of each pixel keeps shapes
in their place, and this is why even the plain GAN keeps more than half of the classes.
"""

import dataclasses
from functools import partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from aejax import images, lab, models
from aejax.algorithms.translation import translate, translation
from aejax.data import styles
from aejax.data.styles import PAIRINGS
from aejax.eval.translation import Judge
from aejax.lab.blocks.views import by_condition
from aejax.report.lessons import DataFigure
from aejax.report.style import new_figure, picture, settle, styled
from aejax.report.tables import Table

FORMULAS = (
    (
        r"\min_G \max_D\; \mathbb{E}\,\log D(b) + \mathbb{E}\,\log(1 - D(G(a)))",
        "GAN: G(a) has to look like a b, of whatever a; and so back, by F",
    ),
    (
        r"+\; \lambda\, \mathbb{E}\,H(a, F(G(a))) + "
        r"\lambda\, \mathbb{E}\,H(b, G(F(b)))",
        "CycleGAN: and a has to be found again (H: cross-entropy of pixels)",
    ),
    (
        r"D(a, b) \;\; \mathrm{and} \;\; +\; \mu\, \mathbb{E}\,H(b, G(a))",
        "conditional GAN: the critic sees a, and b is known",
    ),
)

METHODS = {
    "GAN": {"cycle": 0.0, "error": 0.0, "paired": 0.0},
    "CycleGAN": {"cycle": 2.0, "error": 0.0, "paired": 0.0},
    "conditional GAN": {"cycle": 0.0, "error": 10.0, "paired": 1.0},
}
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
    real = {"a": unit(test.filled), "b": unit(test.outline)}
    found = run.evaluate(trained, both_ways, real)
    true = [np.asarray(part) for part in real.values()]
    judge = Judge(train, data.train.labels)
    success = partial(judge.success, true=test, labels=data.test.labels)
    measured = {
        (condition, seed): lab.Measured(
            success(found[name]["a"], found[name]["b"]),
            {"outlines": some(found[name]["b"])},
        )
        for condition, seed, name in run.alive(conditions, trained)
    }
    facts = {
        "shown": {"shown": some(real["a"]), "counterpart": some(real["b"])},
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


def some(shown: Any) -> Any:
    """The few that the figure shows."""
    return shown[:: max(1, len(shown) // SHOWN)][:SHOWN]


def unit(shown: np.ndarray) -> jax.Array:
    """uint8 images in [0, 1]."""
    return images.unit(jnp.asarray(shown))


def claims(found: Any) -> lab.question.Claims:
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
        "judge": lab.Check(
            "Real images of both styles whose class the judge says rightly",
            found.facts["real images"]["kept"], least=0.85,
        ),
    }  # fmt: skip


@styled()
def figures(found: Any) -> list[DataFigure]:
    """The table as images: outlines of filled digits."""
    figure = new_figure(7.6, 3.9)
    grid = figure.subplots(1 + len(METHODS), len(PAIRS), squeeze=False)
    for axes, (name, row) in zip(grid[0], found.facts["shown"].items(), strict=False):
        picture(axes, strip(row), name)
    grid[0, 2].set_visible(False)
    for axes, condition in zip(grid[1:].flat, found.conditions, strict=True):
        kept, distance = (found.mean(m, condition) for m in (KEPT, DISTANCE))
        words = f"class kept {100 * kept:.0f} %, distance {distance:.2f}"
        made = strip(found.array("outlines", condition))
        picture(axes, made, f"{condition.label}\n{words}")
        axes.title.set_fontsize(8)
    return [
        DataFigure(
            settle(figure),
            "table",
            "Filled test digits and what each translator makes of them, of the first "
            "seed; numbers are means over seeds and both directions.",
        )
    ]


def strip(row: Any) -> np.ndarray:
    """Images [n, h, w, 1] side by side, with a white line after each."""
    framed = np.pad(row[..., 0], [(0, 0), (0, 0), (0, 1)], constant_values=1)
    return np.concatenate(list(framed), 1)


def tables(found: Any) -> list[Table]:
    """Measured success, method by pairs, beside what real images would have."""
    further = {n: found.facts[n] for n in ("real images", "left as they are")}
    caption = (
        "Test images, both directions together. Class and style are those of the "
        "nearest training image of either style; the distance is the root mean squared "
        "error of a pixel."
    )
    return [by_condition(found, MEASURES, caption, further, "method and pairs")]


QUESTION = lab.Question.of(
    globals(),
    number=13,
    title="Translation of images: three methods, three kinds of pairs",
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
