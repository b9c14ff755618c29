"""What is timed: models, contenders, and the rows of the benchmark's table."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Model:
    """A network and its batches.

    Attributes:
      description: in words.
      kind: "conv", an autoencoder of depth 3 and zdim 10, "mlp", a VAE, or "unet", of
        depth 4, which separates mixtures of two images.
      batch: images per step.
      members: numbers of models at once that are timed where no others are asked for.
      width: channels of the first convolution.
      call: steps of a call, in units of --steps: short steps, more of them.
      image_shape: (height, width, channels) of the images.
    """

    description: str
    kind: str
    batch: int
    members: tuple[int, ...]
    width: int = 0
    call: int = 1
    image_shape: tuple[int, int, int] = (28, 28, 1)

    @property
    def example_shape(self) -> tuple[int, ...]:
        """Of one training example: an image, or a pair of them."""
        return (2, *self.image_shape) if self.kind == "unet" else self.image_shape


MODELS = {
    "decorrelation": Model(
        "convolutional autoencoder of the decorrelation study (width 16), batch 32",
        *("conv", 32, (1, 12), 16, 4),
    ),
    "decorrelation-128": Model("the same, batch 128", *("conv", 128, (1, 12), 16, 1)),
    "conv": Model(
        "convolutional autoencoder k34 (width 32), batch 128",
        *("conv", 128, (1, 4), 32, 1),
    ),
    "mlp": Model(
        "VAE 784-400-20 of dense layers, batch 128", "mlp", 128, (1, 12), call=4
    ),
    "unet": Model(
        "U-Net with two decoders (width 8) that separates images of 32x32, batch 32",
        *("unet", 32, (1,), 8, 1, (32, 32, 3)),
    ),
}

CONTENDERS = (
    "aejax-map",
    "aejax-sharded",
    "aejax-vmap",
    "flax",
    "torch-eager",
    "torch-default-malloc",
    "torch-per-core",
    "torch-compile",
)
"""aejax with each executor; plain Flax, one jitted step at a time; PyTorch: eager with
tuned malloc, the same with the default malloc, one such process with one thread per
core, and compiled."""

GEMM = "gemm"
"""The contender that multiplies matrices: the speed that all are compared with."""

ZDIM = 10
EXAMPLES = 5_000
"""Training images: as many as the bundled mnist_5k has."""


@dataclass(frozen=True)
class Case:
    """What one worker process computes when it is asked to.

    Attributes:
      model: a name in `MODELS`, or `GEMM`.
      contender: one of `CONTENDERS`, or `GEMM`.
      members: models trained at once.
      steps: training steps of every member, or matrix products, of one call.
    """

    model: str
    contender: str
    members: int
    steps: int

    @property
    def name(self) -> str:
        """Short and unique within a run."""
        return f"{self.model}-{self.contender}-{self.members}"

    def written(self) -> str:
        """The case as an argument of a command."""
        return json.dumps(asdict(self))

    @staticmethod
    def read(text: str) -> "Case":
        """Undoes `written`."""
        return Case(**json.loads(text))


def cases(
    model: str,
    contenders: Sequence[str],
    members: Sequence[int],
    steps: int,
    cores: int = 1,
) -> list[Case]:
    """The rows of one model, the GEMM first.

    Only aejax trains several members at once. For the others a further model
    takes as long as the first, so their time per member needs one model only; PyTorch
    in a process per core trains one model in each. One member needs no executor: the
    first one given stands for all.

    Args:
      model: a name in `MODELS`.
      contenders: names in `CONTENDERS`.
      members: numbers of models that aejax is to train at once.
      steps: of a call of one convolutional model; `call_steps` gives the others'.
      cores: CPU cores.
    """
    rows = [Case(GEMM, GEMM, 1, 5)]
    own = [name for name in contenders if name.startswith("aejax")]
    alone = {"torch-per-core": cores}
    for contender in contenders:
        counts = members if contender in own else (alone.get(contender, 1),)
        for count in counts:
            if count > 1 or contender not in own[1:]:
                each = call_steps(MODELS[model].call * steps, contender, count)
                rows.append(Case(model, contender, count, each))
    return rows


FEWEST = 10
"""Steps of a call of many members: a single one's launch is no part of training."""


def call_steps(steps: int, contender: str, members: int) -> int:
    """Steps of a call: fewer where they take longer, so that calls last alike."""
    if contender == "flax":
        return max(1, steps // 4)
    return max(min(steps, FEWEST), 2 * steps // max(2, members))
