"""Where the models are that are shipped: in the package, or in its checkout."""

from pathlib import Path

from aejax import paths
from aejax.errors import UserError

NAMES = ("digit_generator", "judge_mnist", "mnist_zdim16", "unmixer")
"""Shipped models."""

_HERE = Path(__file__).parent
_PLACES = (_HERE / "_shipped", _HERE.parent / "checkpoints" / "pretrained")


def find(folder: str | Path) -> Path:
    """The folder of a saved model: a path, or the name of a shipped model.

    A folder of that name in the present directory comes first.

    Raises:
      UserError: the path is none of this machine, or the shipped model is missing.
    """
    path = paths.local(folder)
    if path.exists() or str(folder) not in NAMES:
        return path
    for place in _PLACES:
        if (place / path).is_dir():
            return place / path
    raise UserError(
        f"the shipped model {path} is missing from {_PLACES[0]}; install aejax again"
    )
