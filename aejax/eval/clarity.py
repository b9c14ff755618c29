"""Whether images are clearly of one class, by the labelled images nearest to them.

A blur of several classes has neighbours of several, and what is like no class has them
by chance; no classifier is trained, so none can be sure of what it never saw.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

NEIGHBOURS, AGREEING = 10, 9


def is_clear(
    points: NDArray,
    known: NDArray,
    labels: NDArray,
    neighbours: int = NEIGHBOURS,
    agreeing: int = AGREEING,
) -> NDArray[np.bool_]:
    """Which points have neighbours nearly all of one class.

    Args:
      points: [n, f] features of images.
      known: [m, f] features of labelled images, m of at least `neighbours`.
      labels: int [m], from 0 on.
      neighbours: how many are asked.
      agreeing: how many of them have to be of one class.

    Returns:
      bool [n].
    """
    near = NearestNeighbors(n_neighbors=neighbours, algorithm="brute").fit(known)
    classes = labels[near.kneighbors(points, return_distance=False)]
    votes = [(classes == kind).sum(1) for kind in range(labels.max() + 1)]
    return np.max(votes, 0) >= agreeing
