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

    A call takes `steps` steps of the convolutional model and four times as many
    of the other, whose steps are shorter.

    Only aejax trains several members at once. For the others a further model
    takes as long as the first, so their time per member needs one model only.
    """
    rows = [Case(GEMM, GEMM, 1, 5)]
    for contender in contenders:
        for count in members if contender.startswith("aejax") else (1,):
            each = call_steps(_CALL[model] * steps, count)
            rows.append(Case(model, contender, count, each))
    return rows


def call_steps(steps: int, members: int) -> int:
    """Steps of a call: fewer with more than four members, so that calls last alike."""
    return max(1, 4 * steps // max(4, members))
