"""A laboratory without a folder, for short programs such as questions of theory."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from aejax import data as datasets
from aejax import executors
from aejax.data import Images, splits
from aejax.lab import loading
from aejax.lab.checked import Checked, OptionError, option
from aejax.lab.data import Data
from aejax.lab.design import Condition, Measure
from aejax.lab.laboratory import Lab, chunk_length
from aejax.lab.options import Options
from aejax.lab.results import Results


@dataclasses.dataclass(frozen=True)
class SeedOptions(Checked):
    """Options of a short program with chance in it."""

    seeds: int = option(3, "Repetitions, with seeds 0, 1 ...", minimum=1)


@dataclasses.dataclass(frozen=True)
class TrainedOptions(SeedOptions):
    """Options of a short program that trains on images, in memory."""

    steps: int = option(300, "Training steps of each model.", minimum=1)
    batch_size: int = option(64, "Examples per step.", minimum=1)
    learning_rate: float = option(4e-3, "Peak learning rate.", minimum=0)
    train: int = option(5000, "Training images, at most.", minimum=1)
    test: int = option(1000, "Test images, at most.", minimum=1)
    dataset: str | None = option(
        None,
        "Data set, or the path of your own images; not given: the question's own, or "
        "a bundled one where that cannot be had.",
    )
    data_dir: str | None = option(
        None, "TFDS directory; otherwise TFDS_DATA_DIR or TFDS's own default."
    )
    executor: str = option(
        "auto", "How members share one program.", choices=("auto", *executors.NAMES)
    )


def small_data(options: TrainedOptions, default: str = datasets.DEFAULT) -> Data:
    """The first images of a data set.

    Args:
      options: say which set, and how many images.
      default: the set where none is asked for.

    Raises:
      UserError: a set that was asked for cannot be had.
    """
    where = {name: getattr(options, name) for name in ("dataset", "data_dir")}
    found = loading.load(Options(**where), default)
    train, test = (
        splits.chosen(split, np.arange(min(n, len(split.images))))
        for split, n in ((found.train, options.train), (found.test, options.test))
    )
    return dataclasses.replace(found, train=train, test=test)


def small_lab(options: TrainedOptions, data: Data, measures: Sequence[Measure]) -> Lab:
    """The verbs `fit`, `predict`, `results` ... for these options, in memory.

    Raises:
      OptionError: the batch is larger than the training set.
    """
    examples = len(data.train.labels)
    if options.batch_size > examples:
        reason = f"there are {examples:,} training images"
        raise OptionError("batch_size", options.batch_size, reason)
    names = ("seeds", "steps", "batch_size", "learning_rate", "executor")
    shared = {name: getattr(options, name) for name in names}
    every = chunk_length(options.steps, 100)
    return Lab(Options(**shared, chunk=every), data, tuple(measures), None)


def simulated(
    conditions: Sequence[Condition],
    measures: Sequence[Measure],
    values: Mapping[str, ArrayLike],
    options: Any = None,
) -> Results:
    """Results of what needs neither data nor training.

    Args:
      conditions: of the design.
      measures: what was measured.
      values: measure -> [conditions, seeds] or [conditions, seeds, units].
      options: of the program.

    Raises:
      ValueError: an array has not one row per condition, or a measure has none.
    """
    arrays = {m.name: np.asarray(values[m.name], np.float64) for m in measures}
    for name, array in arrays.items():
        if array.ndim < 2 or len(array) != len(conditions):
            raise ValueError(
                f"{name} must be [{len(conditions)}, seeds, ...], not {array.shape}"
            )
    nothing = Images(np.zeros((0, 1, 1, 1), np.uint8), np.zeros(0, np.int32))
    data = Data({"name": "simulated", "class_names": []}, nothing, nothing)
    return Results(options, data, tuple(conditions), tuple(measures), arrays)
