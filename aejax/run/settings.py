"""The flags that every study shares, and what they say about one run."""

import math
from pathlib import Path
from typing import NamedTuple

from absl import flags

from aejax import executors
from aejax.errors import UserError

_DATASET = flags.DEFINE_string(
    "dataset",
    None,
    "Data set: mnist, fashion_mnist, cifar10, or the bundled mnist_5k, photo_patches. "
    "Not given: mnist (fashion_vae: fashion_mnist), or mnist_5k where that cannot be "
    "had.",
)
_DATA_DIR = flags.DEFINE_string(
    "data_dir", None, "TFDS directory; otherwise TFDS_DATA_DIR or TFDS's own default."
)
_WORKDIR = flags.DEFINE_string(
    "workdir", None, "Folder of the run; checkpoints/<experiment> if not given."
)
_OVERWRITE = flags.DEFINE_bool(
    "overwrite", False, "Delete the run that the workdir holds and start anew."
)
_SEEDS = flags.DEFINE_integer(
    "seeds", 3, "Runs of each configuration, with seeds 0, 1 ...", lower_bound=1
)
_STEPS = flags.DEFINE_integer(
    "steps", None, "Training steps of each model.", lower_bound=1
)
_EPOCHS = flags.DEFINE_float(
    "epochs", None, "Passes over the training data, instead of --steps.", lower_bound=0
)
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 32, "Images per step.", lower_bound=1)
_LEARNING_RATE = flags.DEFINE_float(
    "learning_rate", 4e-3, "Peak learning rate of the schedule.", lower_bound=0
)
_SHARED_BATCHES = flags.DEFINE_bool(
    "shared_batches",
    False,
    "All models see the same batches; otherwise only those of equal seed do.",
)
_EXECUTOR = flags.DEFINE_enum(
    "executor", "auto", ("auto", *executors.NAMES), "How members share one program."
)
_CHUNK = flags.DEFINE_integer(
    "chunk",
    100,
    "About so many steps run between two looks by the host.",
    lower_bound=1,
)
_CHECKPOINT_SECONDS = flags.DEFINE_float(
    "checkpoint_seconds", 10, "Least time between two checkpoints.", lower_bound=0
)
_MEMORY_GB = flags.DEFINE_float(
    "memory_gb", None, "Memory that a program may take; otherwise what is free."
)

# Given in the config, these say what a run's results depend on.
_DECIDING = (
    "seeds",
    "steps",
    "epochs",
    "batch_size",
    "learning_rate",
    "shared_batches",
    "chunk",
)


class Settings(NamedTuple):
    """What the shared flags say, independent of the flags module.

    Attributes:
      steps: training steps of each member.
      batch_size: images per step.
      learning_rate: peak of the schedule.
      seeds: number of seeds of each configuration.
      shared_batches: whether members of different seed see the same batches.
      executor: one of `executors.NAMES`.
      chunk: steps between two looks by the host; divides `steps` where it can.
      checkpoint_seconds: least time between two checkpoints.
      memory: bytes that a program may take, or None for what is free.
    """

    steps: int
    batch_size: int
    learning_rate: float
    seeds: int
    shared_batches: bool
    executor: str
    chunk: int
    checkpoint_seconds: float
    memory: int | None


def dataset() -> tuple[str | None, str | None]:
    """The data set that was asked for, or None, and the TFDS directory, or None."""
    return _DATASET.value, _DATA_DIR.value


def workdir(experiment: str) -> tuple[Path, bool]:
    """The folder of the run, and whether an earlier run in it is to be deleted."""
    folder = _WORKDIR.value or Path("checkpoints") / experiment
    return Path(folder), _OVERWRITE.value


def deciding(own: tuple[str, ...]) -> dict[str, object]:
    """Values of the flags on which results depend, the experiment's own included."""
    return {name: flags.FLAGS[name].value for name in (*_DECIDING, *own)}


def settings(examples: int, default_steps: int) -> Settings:
    """The shared flags, checked against the size of the training data.

    Args:
      examples: training images.
      default_steps: where neither --steps nor --epochs is given.

    Raises:
      UserError: flags that contradict each other or the data.
    """
    for flag in (_EPOCHS, _LEARNING_RATE, _MEMORY_GB):
        if flag.value is not None and not math.isfinite(flag.value):
            raise UserError(f"--{flag.name}={flag.value} is not a finite number")
    batch_size = _BATCH_SIZE.value
    if batch_size > examples:
        raise UserError(
            f"--batch_size={batch_size} is more than the {examples} training images"
        )
    if _STEPS.value and _EPOCHS.value is not None:
        raise UserError("give --steps or --epochs, not both")
    steps = _STEPS.value or default_steps
    if _EPOCHS.value is not None:
        steps = max(1, round(_EPOCHS.value * (examples // batch_size)))
    executor = _EXECUTOR.value
    return Settings(
        steps=steps,
        batch_size=batch_size,
        learning_rate=_LEARNING_RATE.value,
        seeds=_SEEDS.value,
        shared_batches=_SHARED_BATCHES.value,
        executor=executors.choose() if executor == "auto" else executor,
        chunk=chunk_length(steps, _CHUNK.value),
        checkpoint_seconds=_CHECKPOINT_SECONDS.value,
        memory=None if _MEMORY_GB.value is None else int(_MEMORY_GB.value * 1e9),
    )


def chunk_length(steps: int, about: int) -> int:
    """The divisor of `steps` nearest to `about`, within a factor of two.

    A chunk that divides the run needs one program; where there is no such
    divisor the last chunk is shorter and needs a second one.
    """
    about = min(about, steps)
    near = [n for n in range(-(-about // 2), 2 * about + 1) if steps % n == 0]
    return min(near, key=lambda n: abs(n - about), default=about)
