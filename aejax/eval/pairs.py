"""Pairs of images of different classes: drawn at random, or named by a user."""

from collections.abc import Sequence

import jax
import numpy as np
from numpy.typing import NDArray

from aejax.errors import UserError


def draw(key: jax.Array, labels: np.ndarray, count: int) -> NDArray[np.int64]:
    """Random pairs of images; every pair of different classes is equally likely.

    Args:
      key: decides which pairs are drawn.
      labels: int [n] classes of the images.
      count: number of pairs.

    Returns:
      int64 [count, 2] places of images.

    Raises:
      UserError: all images are of one class.
    """
    if len(np.unique(labels)) < 2:
        raise UserError(
            "all images are of one class: there are no pairs of two classes"
        )
    # Half of the pairs or more differ in class once there are two even classes;
    # drawing until enough do terminates for any others, too.
    found = np.empty((0, 2), np.int64)
    while len(found) < count:
        key, use = jax.random.split(key)
        drawn = np.asarray(jax.random.randint(use, (2 * count, 2), 0, len(labels)))
        differ = labels[drawn[:, 0]] != labels[drawn[:, 1]]
        found = np.concatenate([found, drawn[differ]])
    return found[:count]


def parse(words: Sequence[str], labels: np.ndarray) -> NDArray[np.int64]:
    """Pairs that are written as in "3-17".

    Args:
      words: at least one pair.
      labels: int [n] classes of the images.

    Returns:
      int64 [pairs, 2] places of images.

    Raises:
      UserError: what is given are not pairs of images of different classes.
    """
    try:
        pairs = np.array([[int(i) for i in word.split("-")] for word in words])
        is_right = pairs.ndim == 2 and pairs.shape[1] == 2 and pairs.max() < len(labels)
    except ValueError:
        is_right = False
    if not is_right or (labels[pairs[:, 0]] == labels[pairs[:, 1]]).any():
        raise UserError(
            "give pairs of images of different classes, numbered from 0 to "
            f"{len(labels) - 1}, as in 3-17,250-4"
        )
    return pairs
