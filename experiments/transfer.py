"""How accurate is a classifier from tens of labels, on an encoder that saw none?

Pre-trains autoencoders without labels, or takes a checkpoint that the user has. Trains
on class-balanced splits of labelled images: an MLP on the frozen encoder's codes; the
same with the encoder fine-tuned; the same network from random weights; logistic
regression and k-NN on the codes; and, on the encoder of an autoencoder that undoes
random distortions, an MLP and label propagation over the codes of all training images.
Measures the accuracy on all test images and on the labelled images. Baseline: logistic
regression on pixels.

The whole of MNIST, with --labels=100 --seeds=1 --draws=20 --width=16 --steps=2000
--batch_size=64, took 3.4 minutes on two CPU cores in an earlier version.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from aejax import lab, models
from aejax.data import splits
from aejax.eval import encoders, heads, probes, propagation
from aejax.lab import Measure
from aejax.lab import encoders as pretraining
from aejax.lab.encoders import DENOISING, PLAIN, RANDOM
from aejax.lab.training import programs


@dataclasses.dataclass(frozen=True)
class Options(lab.EncoderOptions):
    """The design."""

    labels: tuple[int, ...] = lab.option(
        (10, 20, 50, 100, 500), "Numbers of labelled images.", minimum=1
    )
    draws: int = lab.option(6, "Labelled splits of each seed.", minimum=1)
    head_width: int = lab.option(64, "Hidden units of the MLP.", minimum=1)
    head_steps: int = lab.option(300, "Steps of an MLP alone.", minimum=1)
    network_steps: int = lab.option(100, "Steps of encoder and MLP.", minimum=1)
    seeds: int = lab.option(5, "Encoders of each kind, seeds 0, 1 ...", minimum=1)


# Chosen on training images of the bundled digits outside each split, once for all
# numbers of labels; test labels had no part in it.
HEAD_RATE, NETWORK_RATE, BATCH_SIZE = 1e-2, 2e-3, 32
PIXEL_PENALTY, CODE_PENALTY = 1.0, 0.3
NEIGHBOURS = 1

TRAINED = 0.99
"""With a lower accuracy on its labelled images a network was not trained to the end."""

TEST = Measure("test_accuracy", "test accuracy", "%", ".1f", "higher", scale=100)
TRAIN = Measure("train_accuracy", "accuracy on labelled images", "%", ".1f", scale=100)
GAP = Measure("gap", "over-fitting gap", "points", ".1f", scale=100)
SECONDS = Measure("run_seconds", "time per classifier", "s", ".2f")
LABELS = "number of labels"
MEASURES = (TEST, TRAIN, GAP, SECONDS)


def check(options: Options, data: lab.Data) -> None:
    """Rejects numbers of labels, or a checkpoint, that do not suit the data."""
    for n in options.labels:
        if reason := splits.unbalanced(n, data.train.labels, data.classes):
            raise lab.OptionError("labels", n, reason)
    pretraining.check(options, data)


class Method(NamedTuple):
    """A way to a classifier.

    Attributes:
      label: in tables and figures.
      space: the kind of encoders whose codes it classifies, or "pixels".
      probe: how it is trained.
      in_steps: whether its training has a fixed number of steps.
    """

    label: str
    space: str
    probe: probes.Probe
    in_steps: bool = False


def methods(options: Options, data: lab.Data) -> dict[str, Method]:
    """All that are compared, by their names in results.csv."""
    training = partial(
        heads.Training,
        batch_size=BATCH_SIZE,
        executor=options.executor,
        compiler_options=programs.compiler_options(2),
    )
    head = models.Head(data.classes, options.head_width)
    alone = training(steps=options.head_steps, learning_rate=HEAD_RATE)
    whole = training(steps=options.network_steps, learning_rate=NETWORK_RATE)
    mlp = partial(heads.networks, head=head, training=alone)
    network = partial(heads.networks, head=head, training=whole, tests=data.test.images)
    on_codes = partial(probes.logistic, inverse_penalty=CODE_PENALTY)
    on_pixels = partial(probes.logistic, inverse_penalty=PIXEL_PENALTY)
    nearest = partial(probes.nearest, neighbours=NEIGHBOURS)
    found = {
        "frozen": Method("MLP on frozen codes", PLAIN, mlp, True),
        "fine_tuned": Method("fine-tuned encoder", PLAIN, network, True),
        "random_weights": Method("random initial weights", RANDOM, network, True),
        "pixels_logistic": Method("logistic on pixels", "pixels", on_pixels),
        "codes_logistic": Method("logistic on codes", PLAIN, on_codes),
        "codes_nearest": Method("k-NN on codes", PLAIN, nearest),
        "denoising": Method("MLP on denoising codes", DENOISING, mlp, True),
        "propagation": Method(
            "propagation on denoising codes", DENOISING, probes.propagated
        ),
    }
    missing = set() if options.distortion else {DENOISING}
    return {name: m for name, m in found.items() if m.space not in missing}


def study(run: lab.Lab) -> lab.Results:
    """Pre-trains the encoders, then trains and tests all classifiers on them."""
    options, data = run.options, run.data
    known, trained = pretraining.obtain(run)
    spaces = {**known, "pixels": encoders.pixels(data.train.images, data.test.images)}
    trial = partial(
        probes.trial,
        train=data.train,
        test=data.test,
        classes=data.classes,
        seeds=options.seeds,
        splits=options.draws,
    )
    measured: dict[tuple[lab.Condition, int], lab.Measured] = {}
    for name, method in methods(options, data).items():
        for n in sorted(options.labels):
            label = f"{method.label} with {n} labels"
            factors = {"method": name, "labels": n}
            cell = lab.Condition(factors, label=label, name=f"{name},labels={n}")
            one = partial(trial, method.probe, spaces[method.space], total=n)
            found = by_seed(method, run.cached(cell.name, one))
            measured |= {(cell, seed): own for seed, own in enumerate(found)}
    cells = list(dict.fromkeys(cell for cell, _ in measured))
    results = run.results(cells, measured, trained, unit="splits", rows_of_units=True)
    # The time of a classifier is measured; that of the encoders is no part of it.
    return dataclasses.replace(results, seconds=None, facts={"choices": CHOICES})


def by_seed(method: Method, found: Mapping[str, Any]) -> Iterator[lab.Measured]:
    """What was measured of each seed; the confusion matrix is that of all seeds."""
    test, train = np.array(found["test"]), np.array(found["train"])
    ended = not method.in_steps or train.mean() >= TRAINED
    gaps = train - test if ended else np.full_like(test, np.nan)
    arrays = {"confusion": np.array(found["confusion"])}
    for values in zip(test, train, gaps, strict=True):
        named = zip(MEASURES, (*values, found["seconds"]), strict=True)
        yield lab.Measured({m.name: value for m, value in named}, arrays)


BEST = (
    "Confusion matrix of the best mean test accuracy: percent of each class's test "
    "images, all seeds and splits together. Colours show errors alone."
)
CHOICES = {
    **pretraining.CHOICES,
    "training on labels": f"cross-entropy, at most {BATCH_SIZE} labelled images per "
    f"step, Adam with a one-cycle learning rate with a peak of {HEAD_RATE:g} for the "
    f"MLP (one hidden layer, ReLU) alone and {NETWORK_RATE:g} with the encoder; the "
    "last step counts; no augmentation",
    "logistic regression": "scikit-learn, inverse L2 penalty C = "
    f"{PIXEL_PENALTY:g} on pixels in [0, 1], {CODE_PENALTY:g} on codes",
    "k-NN": f"scikit-learn, k = {NEIGHBOURS}, Euclidean",
    "propagation": propagation.EXPLAINED,
    "selection": "learning rates, penalties and k were fixed beforehand, once for all "
    "numbers of labels, on training images of the bundled digits outside each split; "
    "nothing is selected within a run, and test labels only measure",
}


def report(results: lab.Results) -> list[lab.Section]:
    """What is claimed, and how it is shown; every number comes from `results`."""
    options, counts = results.options, sorted(results.options.labels)
    ends, middle = (counts[0], counts[-1]), 100 if 100 in counts else counts[-1]
    best = results.best(TEST, results.where(labels=counts[-1]))
    names = {n: m.label for n, m in methods(options, results.data).items()}
    lines = partial(lab.Lines, x="labels", label=LABELS, series="method", names=names)
    note = f"The value of a seed is the mean of its {options.draws} splits."
    table = partial(
        lab.Crossed, rows="method", columns="labels", names=names, note=note
    )
    pair, simple = ("fine_tuned", "frozen"), ("codes_logistic", "codes_nearest")

    def cells(*chosen: str) -> list[lab.Condition]:
        return [c for m in chosen for c in results.where(method=m)]

    def versus(of: str, against: str) -> list[lab.Versus]:
        return [
            lab.Versus(a, b, TEST, headline=None if a["labels"] in ends else ())
            for a, b in zip(cells(of), cells(against), strict=True)
        ]

    main = cells(*(name for name in names if name not in simple))
    alike = cells("frozen", *simple, "pixels_logistic")
    return [
        lab.Section(
            "Accuracy against the number of labels",
            "Each classifier has a labelled split of its own, balanced over the "
            "classes. All methods have the same splits, and those with more labels "
            "contain those with fewer. A seed is an encoder with its own splits.",
            *versus("frozen", "random_weights"),
            *versus("frozen", "pixels_logistic"),
            lab.Best(TEST, among=results.where(labels=middle)),
            unfinished(results),
            pretraining.caution(options),
            table(TEST, is_headline=True),
            lines(measures=(TEST, TRAIN), among=main, intervals=True, name="accuracy"),
        ),
        lab.Section(
            "Fine-tuned compared with frozen encoder",
            "Paired by split: equal encoder, labelled images and initial MLP.",
            *versus(*pair),
            lab.Differences(TEST, "method", *pair, "labels", LABELS, names, "tuning"),
        ),
        lab.Section(
            "Over-fitting",
            "The gap is the accuracy on the labelled images minus the test accuracy. "
            "Networks that were not trained to the end have none.",
            lab.Change(GAP, "labels", {"method": "frozen"}),
            lab.Change(GAP, "labels", {"method": "fine_tuned"}),
            table(TRAIN),
            table(GAP),
        ),
        lab.Section(
            "Simple classifiers on the same codes",
            lines(measures=(TEST,), among=alike, intervals=True, name="codes"),
        ),
        lab.Section(
            "Errors of the best classifier",
            lab.Confusion("confusion", BEST, best),
        ),
        lab.Section("Pre-training", pretraining.curves(options, results.data)),
    ]


def unfinished(results: lab.Results) -> lab.Caution:
    """Names networks that were not trained to the end."""
    known = [
        f"{c.label} ({100 * results.mean(TRAIN, c):.1f} %)"
        for c in results.conditions
        if np.isnan(results.mean(GAP, c))
    ]
    return lab.Caution(
        bool(known),
        f"Not trained to the end, less than {100 * TRAINED:g} % of their own labelled "
        f"images classified correctly: {', '.join(known)}. More steps, head_steps or "
        "network_steps, may change their figures.",
    )


EXPERIMENT = lab.Experiment(
    name="transfer",
    title="Accuracy of a classifier against its number of labels",
    question=__doc__,
    options=Options,
    measures=MEASURES,
    check=check,
    study=study,
    report=report,
    needs=lab.Needs(classes=2, images=2),
)

if __name__ == "__main__":
    lab.main(EXPERIMENT)
