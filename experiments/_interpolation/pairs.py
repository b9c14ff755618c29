"""Pairs of test images: those that are measured and those that are shown."""

from collections.abc import Sequence

import jax
import numpy as np

from aejax.errors import UserError


def draw_pairs(key: jax.Array, labels: np.ndarray, count: int) -> np.ndarray:
    """Pairs of images of different classes, as places [count, 2].

    Every pair of images of different classes is equally likely.

    Raises:
      UserError: all images are of one class.
    """
    if len(np.unique(labels)) < 2:
        raise UserError("all test images are of one class; use another --dataset")
    # Half of the pairs or more differ in class once there are two even classes;
    # drawing until enough do terminates for any others, too.
    found = np.empty((0, 2), np.int64)
    while len(found) < count:
        key, use = jax.random.split(key)
        drawn = np.asarray(jax.random.randint(use, (2 * count, 2), 0, len(labels)))
        differ = labels[drawn[:, 0]] != labels[drawn[:, 1]]
        found = np.concatenate([found, drawn[differ]])
    return found[:count]


def shown_pairs(words: Sequence[str] | None, labels: np.ndarray) -> np.ndarray | None:
    """The pairs of --shown as places [n, 2]; None where it is not given.

    Raises:
      UserError: what is given are not pairs of test images of different classes.
    """
    if words is None:
        return None
    try:
        pairs = np.array([[int(i) for i in word.split("-")] for word in words])
        is_right = pairs.ndim == 2 and pairs.shape[1] == 2 and pairs.max() < len(labels)
    except ValueError:
        is_right = False
    if not is_right or (labels[pairs[:, 0]] == labels[pairs[:, 1]]).any():
        raise UserError(
            f"--shown={','.join(words)}: give pairs of test images of different "
            f"classes, numbered from 0 to {len(labels) - 1}, as in 3-17,250-4"
        )
    return pairs
