"""Which way of translating images suits which pairs: exact, loose, or none?

Filled digits are to become outlines, and outlines filled. With exact pairs this is
regression, and a conditional GAN with an error term does it well. With loose pairs,
whose partners are moved and bent, the error is least for a mean of what could be meant:
a blur, and the critic only sharpens it. Without pairs that loss is worse than none: it
asks for the mean of all outlines, whatever was shown. GAN and CycleGAN never look at
partners, so they lose nothing without them; a plain GAN has only to make what passes
for an outline, a CycleGAN has to be able to go back, and so has to keep what was shown.
The choice follows: pairs that fit, conditional GAN; pairs that do not, or none,
CycleGAN. Both need a network whose form is near the answer: convolutions that see a
neighbourhood keep shapes in their place, and this is why even the plain GAN keeps the
class here.
"""

import dataclasses
from functools import partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from sklearn.neighbors import KNeighborsClassifier

from aejax import images, lab, models
from aejax.algorithms.translation import translate, translation
from aejax.data import styles
from aejax.data.styles import PAIRINGS
from aejax.report.lessons import DataFigure, pixels
from aejax.report.style import new_figure, settle, styled, without_frame
from aejax.report.tables import Column, Table

FORMULAS = (
    (
        r"\min_G \max_D\; \mathbb{E}\,\log D(b) + \mathbb{E}\,\log(1 - D(G(a)))",
        "GAN: G(a) has to look like a b, of whatever a; and so back, by F",
    ),
    (
        r"+\; \lambda\, \mathbb{E}\,|F(G(a)) - a| + "
        r"\lambda\, \mathbb{E}\,|G(F(b)) - b|",
        "CycleGAN: and a has to be found again",
    ),
    (
        r"D(a, b) \;\; \mathrm{and} \;\; +\; \mu\, \mathbb{E}\,|G(a) - b|",
        "conditional GAN: the critic sees a, and b is known",
    ),
)

METHODS = {
    "GAN": {"cycle": 0.0, "error": 0.0, "paired": 0.0},
    "CycleGAN": {"cycle": 10.0, "error": 0.0, "paired": 0.0},
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

    seeds: int = lab.option(4, "Of each cell, seeds 0, 1 ...", minimum=1)
    steps: int = lab.option(400, "Training steps of each model.", minimum=1)
    batch_size: int = lab.option(16, "Images of each style per step.", minimum=1)
    learning_rate: float = lab.option(2e-3, "Peak learning rate.", minimum=0)
    width: int = lab.option(10, "Channels of each hidden layer.", minimum=1)
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
    shape = train.filled.shape[1:]
    model = models.Translation(
        models.Translator(shape, options.width, activation=nn.leaky_relu),
        models.ConvEncoder(1, width=8, depth=2, activation=nn.leaky_relu),
    )
    conditions = [
        lab.Condition(
            {"method": method, "pairs": pairs},
            model,
            {**weights, "pairing": float(i)},
            f"{method}, {PAIRS[pairs]}",
        )
        for method, weights in METHODS.items()
        for i, pairs in enumerate(PAIRINGS)
    ]
    arrays = {"a": train.filled, "b": partners}
    held_out = {"a": test.filled[:8]}
    make = partial(translation, steps=options.steps)
    trained = run.fit(conditions, make, data=arrays, held_out=held_out)
    shown = {"a": jnp.asarray(test.filled), "b": jnp.asarray(test.outline)}
    found = run.evaluate(trained, both_ways, shown)
    judge = Judge(train, data.train.labels)
    measured = {
        (condition, seed): measure(judge, found[name], test, data.test.labels)
        for condition, seed, name in run.alive(conditions, trained)
    }
    results = run.results(conditions, measured, [trained])
    real = {"b": unit(test.outline), "a": unit(test.filled)}
    swapped = {"a": real["b"], "b": real["a"]}
    facts = {
        "test": test,
        "real": measure(judge, real, test, data.test.labels).scalars,
        "as_is": measure(judge, swapped, test, data.test.labels).scalars,
    }
    return dataclasses.replace(results, facts=facts)


def both_ways(model: Any, params: Any, data: Any, hparams: Any) -> dict[str, jax.Array]:
    """Outlines of filled images ("b"), and filled images of outlines ("a")."""
    del hparams
    return {
        "b": translate(model, params, "b", data["a"]),
        "a": translate(model, params, "a", data["b"]),
    }


class Judge:
    """The nearest of all training images of both styles says class and style."""

    def __init__(self, train: styles.Styles, labels: np.ndarray) -> None:
        rows = np.concatenate([unit(part).reshape(len(labels), -1) for part in train])
        known = np.concatenate([labels, labels + 100])
        self._nearest = KNeighborsClassifier(1, algorithm="brute").fit(rows, known)

    def __call__(self, shown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Classes [n] of images, and whether each is an outline [n]."""
        found = self._nearest.predict(shown.reshape(len(shown), -1))
        return found % 100, found >= 100


def measure(
    judge: Judge, made: Any, test: styles.Styles, labels: np.ndarray
) -> lab.Measured:
    """Both directions together."""
    true = {"a": unit(test.filled), "b": unit(test.outline)}
    kept, style, distance = [], [], []
    for to in ("b", "a"):
        classes, outlines = judge(made[to])
        kept.append((classes == labels).mean())
        style.append((outlines == (to == "b")).mean())
        error = np.square(made[to] - true[to]).mean((1, 2, 3))
        distance.append(np.sqrt(error).mean())
    named = {"kept": kept, "style": style, "distance": distance}
    few = {to: made[to][:: len(labels) // SHOWN][:SHOWN] for to in made}
    return lab.Measured({n: np.mean(v) for n, v in named.items()}, few)


def unit(shown: np.ndarray) -> np.ndarray:
    """uint8 images in [0, 1]."""
    return np.asarray(images.unit(shown))


def claims(found: Any) -> lab.question.Claims:
    """What the run must show."""
    cell = {(c["method"], c["pairs"]): c for c in found.conditions}
    versus = partial(lab.Expect, found)
    conditional, cycle = "conditional GAN", "CycleGAN"
    return {
        "pairs": versus(
            lab.Versus(
                cell[conditional, "accurate"], cell[cycle, "accurate"], DISTANCE
            ),
            "lower", "With exact pairs the conditional GAN is nearer to the "
            "counterpart than the CycleGAN",
        ),
        "loose": versus(
            lab.Versus(
                cell[conditional, "loose"], cell[conditional, "accurate"], DISTANCE
            ),
            "higher", "Loose pairs cost the conditional GAN distance",
        ),
        "none": versus(
            lab.Versus(cell[conditional, "none"], cell[conditional, "loose"], KEPT),
            "lower", "and without pairs it loses the class",
        ),
        "unpaired": versus(
            lab.Versus(cell[cycle, "none"], cell[conditional, "none"], KEPT),
            "higher", "Without pairs the CycleGAN keeps more classes than the "
            "conditional GAN",
        ),
        "around": versus(
            lab.Versus(cell[cycle, "none"], cell["GAN", "none"], DISTANCE),
            "lower", "and is nearer to the counterpart than the GAN alone",
        ),
        "judge": lab.Check(
            "Real images of both styles whose class the judge says rightly",
            found.facts["real"]["kept"], least=0.85,
        ),
    }  # fmt: skip


@styled()
def figures(found: Any) -> list[DataFigure]:
    """The table as images: outlines of filled digits."""
    test, n = found.facts["test"], len(found.facts["test"].filled)
    places = np.arange(n)[:: n // SHOWN][:SHOWN]
    figure = new_figure(7.6, 3.9)
    grid = figure.subplots(1 + len(METHODS), len(PAIRS), squeeze=False)
    shown = {
        "shown": unit(test.filled)[places],
        "counterpart": unit(test.outline)[places],
    }
    for axes, (name, row) in zip(grid[0], shown.items(), strict=False):
        _strip(axes, row, name)
    grid[0, 2].set_visible(False)
    for axes, condition in zip(grid[1:].flat, found.conditions, strict=True):
        made = found.array("b", condition)
        values = (100 * found.mean(KEPT, condition), found.mean(DISTANCE, condition))
        title = "class kept {:.0f} %, distance {:.2f}".format(*values)
        _strip(axes, made, f"{condition.label}\n{title}")
        shown[condition.label] = made
    return [
        DataFigure(
            settle(figure),
            "table",
            "Filled test digits and what each translator makes of them, of the first "
            "seed; figures are means over seeds and both directions.",
            columns=pixels(
                {
                    f"{name}, {i + 1}": image[..., 0]
                    for name, row in shown.items()
                    for i, image in enumerate(row[:3])
                }
            ),
        )
    ]


def _strip(axes: Any, row: np.ndarray, title: str) -> None:
    framed = np.pad(row[..., 0], [(0, 0), (0, 0), (0, 1)], constant_values=1)
    axes.imshow(np.concatenate(list(framed), 1), cmap="gray", vmin=0, vmax=1)
    axes.set_title(title, fontsize=8)
    axes.set(xticks=[], yticks=[])
    without_frame(axes)


def tables(found: Any) -> list[Table]:
    """Measured success, method by pairs."""
    measured = (Column(m.label, m.unit, m.format) for m in MEASURES)
    heads = [Column("method"), Column("pairs"), *measured]
    rows = [
        [c["method"], PAIRS[c["pairs"]], *(_shown(found, m, c) for m in MEASURES)]
        for c in found.conditions
    ]
    for name, values in (
        ("real images", found.facts["real"]),
        ("left as they are", found.facts["as_is"]),
    ):
        rows.append([name, "", *(values[m.name] * m.scale for m in MEASURES)])
    caption = (
        "Test images, both directions together, mean ± standard deviation over seeds. "
        "Class and style are those of the nearest training image of either style; the "
        "distance is the root mean squared error of a pixel."
    )
    return [Table(heads, rows, caption, is_headline=True)]


def _shown(found: Any, measure: lab.Measure, condition: lab.Condition) -> Any:
    one = found.estimate(measure, condition)
    return one.mean * measure.scale, one.std * measure.scale


QUESTION = lab.Question(
    number=13,
    name="translation",
    title="Translation of images: three methods, three kinds of pairs",
    text=__doc__,
    formulas=FORMULAS,
    options=Options,
    run=run,
    claims=claims,
    figures=figures,
    tables=tables,
    code=(styles.partners, translation),
    small={"seeds": 4, "steps": 150, "train": 600, "test": 100, "width": 8},
    dataset="mnist_5k",
    references=(
        "Goodfellow et al., Generative adversarial nets, 2014",
        "Isola et al., Image-to-image translation with conditional adversarial "
        "networks (pix2pix), 2017",
        "Zhu et al., Unpaired image-to-image translation using cycle-consistent "
        "adversarial networks, 2017",
    ),
)
