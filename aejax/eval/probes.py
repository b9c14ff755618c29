"""Probes: classifiers of codes or pixels, trained on a few labelled images.

    logistic    logistic regression
    nearest     k nearest neighbours
    propagated  labels propagated along the neighbourhoods of unlabelled images

and `aejax.eval.heads.networks`, a head on an encoder. Each takes many sets of labelled
images at once, such as those of `balanced_sets`, and has a classifier for each set.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from threadpoolctl import threadpool_limits

from aejax import keys
from aejax.data import Images, splits
from aejax.eval.encoders import Codes
from aejax.eval.propagation import propagate

ITERATIONS = 1000
"""The most that logistic regression takes."""


Places = Sequence[int] | NDArray
"""Which space, or encoder, each set of labelled images has: [sets]."""


class Predicted(NamedTuple):
    """Predicted classes.

    Attributes:
      test: int [..., m], of the test examples.
      train: int [..., labels], of the labelled examples of the training.
    """

    test: NDArray
    train: NDArray


def balanced_sets(sets: int, labels: NDArray, classes: int, total: int) -> NDArray:
    """Sets of labelled examples, with equally many of every class.

    Args:
      sets: how many; each has its number as seed, and with a smaller total it is part
        of the same set with a larger one.
      labels: int [n], each in 0 ... classes - 1.
      classes: number of classes.
      total: examples of a set, a multiple of the classes.

    Returns:
      int32 [sets, total] indices into `labels`.
    """

    def one(seed: jax.Array, known: jax.Array) -> jax.Array:
        key = keys.stream(seed, keys.DRAWS)
        return splits.balanced(key, known, classes, total // classes)

    draw = jax.jit(jax.vmap(one, in_axes=(0, None)))
    return np.asarray(draw(jnp.arange(sets, dtype=jnp.uint32), jnp.asarray(labels)))


Probe = Callable[[Codes, Places, Images, NDArray], Predicted]
"""`(codes, spaces, images, rows)` to predictions, as `logistic` with its defaults."""


def trial(
    probe: Probe,
    codes: Codes,
    train: Images,
    test: Images,
    *,
    classes: int,
    total: int,
    seeds: int,
    splits: int,
) -> dict[str, Any]:
    """Trains and tests a classifier on each of several labelled splits of each seed.

    Args:
      probe: how.
      codes: of all images, a space for each seed or one for all of them.
      train: the training images with their classes.
      test: the test images with their classes.
      classes: number of classes.
      total: labelled images of a split.
      seeds: how many.
      splits: of each seed, which has splits of its own.

    Returns:
      `scores`, with accuracies [seeds, splits]; and "seconds" per classifier.
    """
    began = time.monotonic()
    rows = balanced_sets(seeds * splits, train.labels, classes, total)
    spaces = np.repeat(np.arange(seeds), splits) % len(codes.train)
    found = probe(codes, spaces, train, rows)
    seconds = (time.monotonic() - began) / len(rows)
    reached = scores(found, rows, train.labels, test.labels, classes)
    for part in ("test", "train"):
        reached[part] = np.reshape(reached[part], (seeds, splits)).tolist()
    return {**reached, "seconds": seconds}


def scores(
    found: Predicted, rows: NDArray, train: NDArray, test: NDArray, classes: int
) -> dict[str, list]:
    """Accuracy of every set, and which classes are taken for which.

    Args:
      found: predicted classes of all sets.
      rows: int [sets, labels], the labelled training images.
      train: int [n], classes of the training images.
      test: int [m], classes of the test images.
      classes: number of classes.

    Returns:
      As JSON: "test" and "train", fractions [sets] of the test images and of the
      labelled ones that are classified correctly; "confusion", counts [class,
      predicted class] over the test images of all sets.
    """
    right = np.broadcast_to(test, found.test.shape)
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (right, found.test), 1)
    return {
        "test": (found.test == right).mean(1).tolist(),
        "train": (found.train == train[rows]).mean(1).tolist(),
        "confusion": counts.tolist(),
    }


def logistic(
    codes: Codes,
    spaces: Places,
    images: Images,
    rows: NDArray,
    *,
    inverse_penalty: float = 1.0,
) -> Predicted:
    """Logistic regression with an L2 penalty.

    Args:
      codes: of all images.
      spaces: [sets] in which space each set is classified.
      images: the n training images with their classes.
      rows: int [sets, labels], the labelled training images.
      inverse_penalty: scikit-learn's C.
    """
    model = LogisticRegression(C=inverse_penalty, max_iter=ITERATIONS)
    return _fitted(model, codes, spaces, images, rows)


def nearest(
    codes: Codes,
    spaces: Places,
    images: Images,
    rows: NDArray,
    *,
    neighbours: int = 1,
) -> Predicted:
    """The majority of the nearest labelled images, by Euclidean distance.

    Args:
      codes: of all images.
      spaces: [sets] in which space each set is classified.
      images: the n training images with their classes.
      rows: int [sets, labels], the labelled training images.
      neighbours: that vote.
    """
    return _fitted(KNeighborsClassifier(neighbours), codes, spaces, images, rows)


def _fitted(
    model: Any, codes: Codes, spaces: Places, images: Images, rows: NDArray
) -> Predicted:
    found = []
    # On data this small, threads wait for each other: 20 times slower when busy.
    with threadpool_limits(1):
        for space, own in zip(spaces, rows, strict=True):
            train = codes.train[space][own]
            model.fit(train, images.labels[own])
            found.append((model.predict(codes.test[space]), model.predict(train)))
    return Predicted(*map(np.stack, zip(*found, strict=True)))


def propagated(
    codes: Codes, spaces: Places, images: Images, rows: NDArray
) -> Predicted:
    """Labels propagated over all training images, see `aejax.eval.propagation`.

    Args:
      codes: of all images; their graphs serve any number of sets.
      spaces: [sets] in which space each set is classified.
      images: the n training images; only the classes of the labelled ones are used.
      rows: int [sets, labels], the labelled training images, some of every class.
    """
    found = []
    for space, own in zip(spaces, rows, strict=True):
        labels = images.labels[own]
        classes = int(labels.max()) + 1
        train, test = propagate(codes.graph(int(space)), own, labels, classes)
        found.append((test, train[own]))
    return Predicted(*map(np.stack, zip(*found, strict=True)))
