"""What is compared: the rows of the benchmark's table."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

MODELS = {
    "conv": "convolutional autoencoder, width 32, depth 3, zdim 10",
    "mlp": "VAE 784-400-20 of dense layers",
}
"""Name -> description; both on 28x28 pictures with batches of 128."""

CONTENDERS = (
    "aejax-map",
    "aejax-vmap",
    "aejax-sharded",
    "flax",
    "torch-eager",
    "torch-compile",
)
"""aejax with each executor; plain Flax, one jitted step at a time; PyTorch."""

GEMM = "gemm"
"""The contender that multiplies matrices: the speed to which all are held."""

BATCH = 128
IMAGE_SHAPE = (28, 28, 1)
EXAMPLES = 5_000
"""Training pictures: as many as the bundled mnist_5k has."""

# Steps of a call, in units of --steps: those of the dense model are shorter.
_CALL = {"conv": 1, "mlp": 4}


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
    model: str, contenders: Sequence[str], members: Sequence[int], steps: int
) -> list[Case]:
    """The rows of one model, the GEMM first.

    Only aejax trains several members at once. For the others a further model
    takes as long as the first, so their time per member needs one model only.
    One member needs no executor: the first one given stands for all.

    Args:
      model: a name in `MODELS`.
      contenders: names in `CONTENDERS`.
      members: numbers of models that aejax is to train at once.
      steps: of a call of one convolutional model; `call_steps` gives the others'.
    """
    rows = [Case(GEMM, GEMM, 1, 5)]
    own = [name for name in contenders if name.startswith("aejax")]
    for contender in contenders:
        counts = members if contender in own else (1,)
        for count in counts:
            if count > 1 or contender not in own[1:]:
                each = call_steps(_CALL[model] * steps, contender, count)
                rows.append(Case(model, contender, count, each))
    return rows


def call_steps(steps: int, contender: str, members: int) -> int:
    """Steps of a call: fewer where they take longer, so that calls last alike."""
    if contender == "flax":
        return max(1, steps // 4)
    return max(1, 2 * steps // max(2, members))
