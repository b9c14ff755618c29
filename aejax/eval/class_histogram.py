"""Does a generator give every class as often as the data do?"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class ClassHistogram(NamedTuple):
    """Images of each class.

    Attributes:
      generated: int [classes], counts of generated images.
      real: int [classes], counts of real ones.
      distance: total variation between their distributions, in [0, 1].
    """

    generated: NDArray[np.int64]
    real: NDArray[np.int64]
    distance: float


def class_histogram(
    decisions: ArrayLike, labels: ArrayLike, classes: int
) -> ClassHistogram:
    """Classes of generated images compared with those of real ones.

    Args:
      decisions: int [n], the evaluation classifier's classes of generated images.
      labels: int [m], the classes of real images.
      classes: number of classes.

    Raises:
      ValueError: there are no images, or a class is not in 0 .. classes - 1.
    """
    generated, real = (_counts(x, classes) for x in (decisions, labels))
    return ClassHistogram(generated, real, total_variation(generated, real))


def total_variation(first: ArrayLike, second: ArrayLike) -> float:
    """Half the sum of the absolute differences of two distributions.

    The fraction of the one that would have to change its class to become the other.

    Args:
      first: [classes] counts or weights, not all 0.
      second: of the same shape.
    """
    p, q = (np.asarray(x, np.float64) for x in (first, second))
    return float(np.abs(p / p.sum() - q / q.sum()).sum() / 2)


def _counts(values: ArrayLike, classes: int) -> NDArray[np.int64]:
    found = np.asarray(values)
    if not len(found) or found.min() < 0 or found.max() >= classes:
        raise ValueError(f"there must be classes from 0 to {classes - 1}, not {found}")
    return np.bincount(found, minlength=classes)
