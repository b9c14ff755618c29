"""The options that all experiments share."""

import dataclasses
from typing import ClassVar

from aejax import executors
from aejax.lab.checked import Checked, OptionError, option


@dataclasses.dataclass(frozen=True)
class Options(Checked):
    """What all experiments share; each adds its own.

    Raises:
      OptionError: a value is of another type, or beyond its bounds.
    """

    not_deciding: ClassVar[tuple[str, ...]] = (
        "dataset",
        "data_dir",
        "image_size",
        "channels",
        "limit",
        "workdir",
        "cache_dir",
        "overwrite",
        "redraw",
        "executor",
        "checkpoint_seconds",
        "memory_gb",
    )
    """Options that do not change results; the data set is recorded by its content."""

    dataset: str | None = option(
        None,
        "Data set: mnist, fashion_mnist, cifar10 or another one that `python -m "
        "aejax.data` lists, the bundled mnist_5k or photo_patches, or the path of your "
        "own images: a folder (subfolders are classes), a file .npy or .npz. Not "
        "given: the study's own (see above), or mnist_5k where that cannot be had.",
    )
    data_dir: str | None = option(
        None,
        "TFDS directory; otherwise TFDS_DATA_DIR or TFDS's own default.",
        path="write",
    )
    image_size: int | None = option(
        None,
        "Height and width that images are scaled and centre-cropped to; as they are "
        "if not given, or 64 where they are large or of several sizes.",
        minimum=4,
        maximum=4096,
    )
    channels: int | None = option(
        None,
        "1 for grey images, 3 for colour; as they are if not given.",
        minimum=1,
        maximum=3,
    )
    limit: int | None = option(
        None, "So many images at most, training and test together.", minimum=2
    )
    workdir: str | None = option(
        None,
        "Folder of the run; checkpoints/<experiment> if not given.",
        path="write",
    )
    cache_dir: str | None = option(
        None,
        "Folder of what several runs can use, such as encoders and evaluation "
        "classifiers; inside the workdir if not given.",
        path="write",
    )
    overwrite: bool = option(
        False,
        "Delete the run that the workdir holds and start anew. Stopped half-way, the "
        "same command continues.",
    )
    redraw: bool = option(
        False, "Measure and report a finished run anew, without training."
    )
    seeds: int = option(3, "Runs of each configuration, with seeds 0, 1 ...", minimum=1)
    steps: int = option(1000, "Training steps of each model.", minimum=1)
    epochs: float | None = option(
        None, "Passes over the training data, instead of steps.", above=0
    )
    batch_size: int = option(32, "Examples per step.", minimum=1)
    learning_rate: float = option(4e-3, "Peak learning rate of the schedule.", above=0)
    shared_batches: bool = option(
        False,
        "All models get the same batches; otherwise only those of equal seed do.",
    )
    executor: str = option(
        "auto",
        "How members share one program.",
        choices=("auto", *executors.NAMES),
    )
    chunk: int | None = option(
        100,
        "About so many steps per compiled chunk, otherwise an epoch; metrics are "
        "logged after each.",
        minimum=1,
    )
    checkpoint_seconds: float = option(
        10.0, "Least time between two checkpoints.", minimum=0
    )
    memory_gb: float | None = option(
        None, "Memory that a program may take; otherwise what is free.", above=0
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.channels == 2:
            raise OptionError("channels", 2, "1 is grey, 3 is colour")
        default = type(self).__dataclass_fields__["steps"].default
        if self.epochs is not None and self.steps != default:
            raise OptionError("epochs", self.epochs, "give steps or epochs, not both")
