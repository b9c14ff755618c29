"""Parts of a data set: some of its examples, as indices or as images.

All choices are reproducible: the same arguments give the same examples.
"""

import jax
import jax.numpy as jnp
import numpy as np

from aejax.data.images import Images
from aejax.errors import UserError

# Who trains on the first set has seen the test images of the second one.
_CONTAINED = (("mnist", "mnist_5k"),)


def contains(first: str, second: str) -> bool:
    """Whether training on one data set has seen the test images of another.

    All of `mnist_5k` is cut from the training images of `mnist`.

    Args:
      first: name of the data set that a model is trained on.
      second: name of the data set that it is to be tested on.
    """
    return (first, second) in _CONTAINED


def one_per_class(labels: np.ndarray) -> np.ndarray:
    """Index of the first example of each class that occurs, classes increasing.

    Args:
      labels: int [n].

    Returns:
      int64 [number of classes that occur].
    """
    return np.unique(labels, return_index=True)[1]


def some(n: int, count: int) -> np.ndarray:
    """Random indices without repetition, always the same ones, increasing.

    Args:
      n: number of examples to choose from.
      count: how many to choose; all of them where `n` is no more.

    Returns:
      int64 [min(n, count)], each in 0 ... n - 1.
    """
    return np.sort(np.random.default_rng(0).permutation(n)[:count])


def held_out(images: Images, every: int) -> tuple[Images, Images]:
    """Divides a split in two, regularly: the order of both parts is kept.

    Args:
      images: n examples.
      every: one example of so many is held out, the last of each group; at least 2.

    Returns:
      The n - n // every examples that are kept, then the n // every held-out ones.

    Raises:
      ValueError: if `every` is less than 2.
    """
    if every < 2:
        raise ValueError(f"One of {every} examples cannot be held out: 2 or more.")
    is_held_out = np.arange(len(images.images)) % every == every - 1
    return chosen(images, ~is_held_out), chosen(images, is_held_out)


def balanced(key: jax.Array, labels: jax.Array, classes: int, each: int) -> jax.Array:
    """Random indices of equally many examples of every class, none twice.

    With the same key a smaller choice is part of every larger one. Works under
    `jit` and `vmap`, so it cannot raise: `each` is for the caller to check.

    Args:
      key: decides which examples are chosen.
      labels: int [n], each in 0 ... classes - 1.
      classes: number of classes.
      each: examples of each class; no more than the rarest class has.

    Returns:
      int32 [classes * each] indices into `labels`, class after class.
    """
    order = jax.random.permutation(key, jnp.arange(len(labels), dtype=jnp.int32))
    by_class = order[jnp.argsort(labels[order], stable=True)]
    kinds = jnp.arange(classes, dtype=labels.dtype)
    first = jnp.searchsorted(jnp.sort(labels), kinds).astype(jnp.int32)
    chosen = first[:, None] + jnp.arange(each, dtype=jnp.int32)[None, :]
    return by_class[chosen].reshape(-1)


def unbalanced(total: int, labels: np.ndarray, classes: int) -> str:
    """Why so many examples cannot be drawn with equally many of every class.

    Args:
      total: number of examples.
      labels: int [n] of those from which they are drawn.
      classes: number of classes.

    Returns:
      A sentence; "" where they can.
    """
    if total % classes:
        return f"cannot be balanced; give multiples of the {classes} classes"
    rarest = int(np.bincount(labels, minlength=classes).min())
    if total > classes * rarest:
        return f"the rarest class has {rarest} training images"
    return ""


def chosen(images: Images, rows: np.ndarray) -> Images:
    """Images and labels at some indices, or where a mask [n] is true."""
    labels = images.labels[rows] if images.has_labels else None
    return Images(images.images[rows], labels)


def some_of_each_class(images: Images, total: int) -> Images:
    """Some of the images, equally many of every class, always the same ones.

    A smaller choice is part of every larger one. Of images without labels any are
    taken.

    Args:
      images: with labels 0 ... classes - 1, or without.
      total: number of images that are taken.

    Raises:
      UserError: there are not so many, or classes cannot have equally many.
    """
    if not images.has_labels:
        if total > len(images.images):
            raise UserError(f"{total} training images: there are {len(images.images)}")
        return chosen(images, some(len(images.images), total))
    classes = _classes(images)
    reason = unbalanced(total, images.labels, classes)
    if reason or total < classes:
        reason = reason or f"fewer than one of each of the {classes} classes"
        raise UserError(f"{total} training images: {reason}")
    labels = jnp.asarray(images.labels)
    rows = balanced(jax.random.key(0), labels, classes, total // classes)
    return chosen(images, np.asarray(rows))


def halves_of_classes(images: Images) -> tuple[Images, Images]:
    """The images of the lower half of the classes, and those of the upper half.

    Args:
      images: with labels 0 ... classes - 1; of an odd number of classes the one in the
        middle belongs to the upper half.

    Raises:
      UserError: they have no labels.
    """
    if not images.has_labels:
        raise UserError("images have no labels, so there are no halves of the classes")
    is_lower = images.labels < _classes(images) // 2
    return chosen(images, is_lower), chosen(images, ~is_lower)


def _classes(images: Images) -> int:
    return int(images.labels.max()) + 1
