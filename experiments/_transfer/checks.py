"""Numbers of labels that the data cannot give."""

from collections.abc import Sequence

import numpy as np

from aejax.errors import UserError


def labels(numbers: Sequence[int], known: np.ndarray, classes: int) -> None:
    """Refuses what no class-balanced draw can give.

    Args:
      numbers: of labels, in all.
      known: [n] classes of the training images.
      classes: number of classes.

    Raises:
      UserError: a number is no multiple of the classes, or more of a class than
        there are images of it.
    """
    rarest = int(np.bincount(known, minlength=classes).min())
    for number in numbers:
        if number % classes:
            raise UserError(
                f"--labels={number} cannot be balanced: give multiples of the "
                f"{classes} classes"
            )
        if number > classes * rarest:
            raise UserError(
                f"--labels={number} needs {number // classes} images of each class, "
                f"but the rarest has {rarest} training images"
            )
