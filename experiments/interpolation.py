"""What lies between the latent codes of two images?

Trains convolutional autoencoders of several latent sizes, several seeds each, as one
program. Decodes the straight line and the arc between the codes of two test images of
different classes. Measures, with an evaluation classifier, the distance of these images
to real ones, the classifier's confidence and consistency, and how regular the path is.
Baseline: the cross-fade of the two images.

The default run trains six models for 1,000 steps and measures 500 pairs, a few minutes
of two CPU cores. A full run (--dataset=mnist --batch_size=128 --epochs=12) takes about
two minutes for each model.
"""

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from aejax import algorithms, images, lab, models
from aejax.errors import UserError
from aejax.eval import pairs, paths
from aejax.eval.classifier import EvaluationClassifier
from aejax.lab import Condition, Figure, Section, Versus, classifier
from aejax.lab.blocks.phrases import listed
from aejax.lab.generators.walks import CONFIDENCE, DEPARTURE, MEASURES, NEAREST
from aejax.lab.training.programs import light
from aejax.report import figures

LINE, ARC, FADE = paths.LINE, paths.ARC, "cross-fade"


@dataclasses.dataclass(frozen=True)
class Options(lab.ClassifierOptions):
    """The models, and the paths that are measured and shown."""

    zdims: tuple[int, ...] = lab.option((10, 64), "Latent sizes.", minimum=1)
    width: int = lab.option(16, "Channels of the first convolution.", minimum=1)
    depth: int = lab.option(3, "Convolutions in each half.", minimum=1, maximum=5)
    fc_layers: int = lab.option(0, "Dense layers in each half.", minimum=0)
    pairs: int = lab.option(500, "Pairs that are measured.", minimum=2)
    frames: int = lab.option(11, "Images on a path, ends included.", minimum=3)
    pair_seed: int = lab.option(0, "Seed of the random pairs.", minimum=0)
    shown: tuple[str, ...] | None = lab.option(
        None, "Pairs to be drawn, as in 3-17,250-4; the first four if not given."
    )


ALONG = {"nearest_along": NEAREST.label, "confidence_along": CONFIDENCE.label}

SHOWN_PAIRS = 4

CODES = 2000
"""Enough training codes for their mean, the centre of the arcs."""


def design(options: Options, data: lab.Data) -> list[Condition]:
    """The line and the arc of each latent size, which share their models."""
    shape = {n: getattr(options, n) for n in ("width", "depth", "fc_layers")}
    return [
        Condition(
            {"path": kind, "zdim": d},
            models.Autoencoder(d, data.image_shape, **shape) if kind == LINE else None,
            label=f"{'line' if kind == LINE else 'arc'}, d = {d}",
            name=f"zdim={d}",
        )
        for d in sorted(options.zdims)
        for kind in (LINE, ARC)
    ]


def chosen(options: Options, data: lab.Data) -> tuple[np.ndarray, np.ndarray]:
    """The pairs that are measured and those that are shown, as places [n, 2].

    Raises:
      UserError: there are no such pairs of images of different classes.
    """
    labels, key = data.test.labels, jax.random.key(options.pair_seed)
    measured = pairs.draw(key, labels, options.pairs)
    if options.shown is None:
        return measured, measured[:SHOWN_PAIRS]
    try:
        return measured, pairs.parse(options.shown, labels)
    except UserError as error:
        raise lab.OptionError("shown", options.shown, str(error)) from error


def check(options: Options, data: lab.Data) -> None:
    """Rejects pairs, or a classifier, that do not suit the data."""
    chosen(options, data)
    classifier.check(options, data)


def study(room: lab.Lab) -> lab.Results:
    """Trains all models; decodes and measures the paths of one after another."""
    options, data = room.options, room.data
    judge = classifier.obtain(room)
    measured, shown = chosen(options, data)
    both = np.concatenate([measured, shown])
    tests, some = data.test.images, data.train.images[:CODES]
    ends = [tests[both[:, i]] for i in (0, 1)]
    t = jnp.linspace(0, 1, options.frames)
    look = partial(measure, judge, judge.classify(tests)[0], measured)
    conditions = design(options, data)
    algorithm = partial(algorithms.autoencoder, steps=options.steps)
    trained = room.fit(conditions, algorithm)
    found = {}
    for line, arc in zip(conditions[::2], conditions[1::2], strict=True):
        program = light(partial(paths.decoded, line.model))
        for _, seed, name in room.alive([line], trained):
            frames = program(trained[name][1], ends, some, t)
            for condition in (line, arc):
                found[condition, seed] = look(np.asarray(frames[condition["path"]]))
    fade = Condition({"path": FADE, "zdim": None}, label=FADE, seeds=1)
    first, last = map(images.unit, ends)
    faded = look(paths.cross_fade(first, last, options.frames))
    # It has no model: one value, which is paired with every seed.
    found |= {(fade, seed): faded for seed in range(options.seeds)}
    conditions.append(fade)
    facts = {"evaluation classifier": judge.statement}
    results = room.results(conditions, found, [trained], unit="pairs", facts=facts)
    along = {name: lab.of_all_seeds(conditions, found, name) for name in ALONG}
    return dataclasses.replace(results, arrays={**results.arrays, **along})


def measure(
    judge: EvaluationClassifier, bank: np.ndarray, ends: np.ndarray, frames: np.ndarray
) -> lab.Measured:
    """Paths between the test images at `ends`, followed by those that are shown."""
    frames, shown = np.split(frames, [len(ends)])
    seen = judge.classify(frames.reshape(-1, *frames.shape[2:]))
    found = dataclasses.asdict(paths.measure(frames, *seen, bank, ends))
    return lab.Measured(found, {"frames": shown, **found})


MEANING = (
    "Distances are between features of the evaluation classifier: from an image on the "
    "path to the nearest real test image that is not an end of it, in units of the "
    "typical distance between neighbouring real images. Confidence is the probability "
    "of the likeliest class. The ends of a path count in neither. A consistent path "
    "changes its class once. The largest step over the mean step, between features, is "
    "1 on an even path. The departure (rms grey level) from the cross-fade of a path's "
    "own ends is 0 for a decoder that is linear along it."
)


def report(results: lab.Results) -> list[Section]:
    """What is claimed, and how it is shown; every number comes from `results`."""
    lines, arcs = (results.where(path=kind) for kind in (LINE, ARC))
    fade, first = results.find(path=FADE), lines[0]
    both = list(zip(lines, arcs, strict=True))
    sizes = [
        Versus(line, first, MEASURES, headline=(NEAREST.name, DEPARTURE.name))
        for line in lines[1:]
    ]
    return [
        Section(
            "Paths",
            sheet("paths", [fade, *lines]),
            *(sheet(f"paths_d{line['zdim']}", [fade, line, arc]) for line, arc in both),
        ),
        overview(results, lines),
        Section(
            "The line compared with the cross-fade",
            "All models are measured on the same pairs: intervals over seeds do not "
            "include the choice of pairs.",
            # A departure is never negative: whether it is 0 is no question.
            *(Versus(line, fade, MEASURES[:-1]) for line in lines),
        ),
        Section(
            "The arc compared with the line",
            *(Versus(arc, line, MEASURES, same_model=True) for line, arc in both),
        ),
        *([Section("Latent sizes compared", *sizes)] if sizes else []),
        Section(
            "Along the path", *(course(*item, [*lines, fade]) for item in ALONG.items())
        ),
    ]


def overview(results: lab.Results, lines: Sequence[Condition]) -> Section:
    """All measures of all paths."""
    statement = results.facts["evaluation classifier"]
    bends = [f"{results.mean(DEPARTURE, c):.3f} at d = {c['zdim']}" for c in lines]
    colours = [*(i for i in range(len(lines)) for _ in (LINE, ARC)), len(lines)]
    pairs_note = (
        f"Each value is a mean over {results.options.pairs:,} random pairs of test "
        "images of different classes, the same for all models; the cross-fade has no "
        "model."
    )
    return Section(
        "Measures",
        MEANING,
        lab.Forest(MEASURES, colours=colours, name="measures", note=pairs_note),
        lab.Summary(MEASURES, note=f"{pairs_note} {statement}"),
        lab.Explanation(
            "A decoder that is linear along the path gives the cross-fade of the two "
            "reconstructions. The straight line departs from it by (rms grey level) "
            f"{listed(bends)}. {statement}"
        ),
    )


def sheet(name: str, conditions: Sequence[Condition]) -> lab.Sheet:
    """Pair after pair, its paths below each other."""
    labels = listed([c.label for c in conditions])
    caption = f"Paths between pairs of test images, seed 0: {labels}."
    return lab.Sheet(name, caption, conditions, {"frames": ""})


def course(name: str, label: str, conditions: Sequence[Condition]) -> Figure:
    """A measure along the path."""

    def draw(results: lab.Results) -> Any:
        t = np.linspace(0, 1, results.options.frames)
        known = results.labelled(name, conditions)
        rows = {label: (t, values) for label, values in known.items()}
        return figures.curves(rows, xlabel="position on the path", ylabel=label)

    note = "along the path, mean over pairs; the band is from the smallest to the"
    return Figure(name, draw, f"{label.capitalize()} {note} largest seed.")


EXPERIMENT = lab.Experiment(
    name="interpolation",
    title="Paths between two images in latent space",
    question=__doc__,
    options=Options,
    measures=MEASURES,
    study=study,
    report=report,
    check=check,
    needs=lab.Needs(classes=2, images=4),
)

if __name__ == "__main__":
    lab.main(EXPERIMENT)
