"""k-means (Lloyd 1982), the usual baseline of clustering."""

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from aejax.eval import clustering

STARTS = 4
"""Fits with different initial centres, of which the tightest is taken."""

EXAMPLES = 10_000
"""Training points that are used: the first so many, of a shuffled set."""


def clusters(train: NDArray, test: NDArray, count: int, seed: int) -> NDArray[np.int32]:
    """The cluster of each test point, by the nearest centre of the training points.

    Args:
      train: [n, ...] points, flattened.
      test: [m, ...] points of the same shape.
      count: number of clusters.
      seed: of the initial centres.

    Returns:
      [m] clusters, below `count`.
    """
    points, others = (a.reshape(len(a), -1) for a in (train, test))
    fitted = KMeans(count, n_init=STARTS, random_state=seed).fit(points[:EXAMPLES])
    return fitted.predict(others)


def scores(
    train: NDArray, test: NDArray, labels: NDArray, classes: int, seed: int
) -> dict[str, float]:
    """How well as many clusters as classes agree with them: `accuracy` and `nmi`.

    Args:
      train: [n, ...] points, flattened.
      test: [m, ...] points of the same shape.
      labels: [m] classes of the test points.
      classes: their number.
      seed: of the initial centres.
    """
    groups = clusters(train, test, classes, seed)
    return clustering.scores(clustering.table(groups, labels, (classes, classes)))
