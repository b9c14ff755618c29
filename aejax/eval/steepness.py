"""How much a decoder's images change with the code: continuity of a latent space."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

STEP = 0.05
"""Length of the steps, in the units of the codes."""


def steepness(
    decode: Callable[[NDArray], ArrayLike],
    codes: NDArray,
    directions: NDArray,
    step: float = STEP,
) -> NDArray[np.float64]:
    """Euclidean change of the image per unit of length along a direction.

    Args:
      decode: codes [n, d] to images [n, ...].
      codes: [n, d], where; whitened ones make decoders of different scales comparable.
      directions: [n, d], of any length but 0.
      step: whose effect is measured.

    Returns:
      [n].
    """
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    beside = (codes + step * directions / lengths).astype(codes.dtype)
    moved = np.asarray(decode(beside)) - np.asarray(decode(codes))
    return np.linalg.norm(moved.reshape(len(moved), -1), axis=1) / step
