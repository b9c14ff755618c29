"""What a classifier sees on the way from one picture to another.

A path is a row of pictures; features and class probabilities are those of a
classifier that knows nothing of the model that drew them.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.neighbors import NearestNeighbors


def nearest_real(
    features: NDArray, bank: NDArray, ends: NDArray
) -> NDArray[np.float64]:
    """Distance of every frame to the nearest real picture in feature space.

    The two pictures that a path joins do not count: a path is to pass near to
    other real pictures.

    Args:
      features: [paths, frames, f].
      bank: [n, f] features of n >= 3 real pictures.
      ends: int [paths, 2], places of each path's two ends in `bank`.

    Returns:
      [paths, frames].
    """
    paths, frames, length = features.shape
    search = NearestNeighbors(n_neighbors=3).fit(bank)
    distances, places = search.kneighbors(features.reshape(-1, length))
    own = np.repeat(ends, frames, axis=0)
    is_end = (places[:, :, None] == own[:, None, :]).any(-1)
    return np.where(is_end, np.inf, distances).min(-1).reshape(paths, frames)


def typical_distance(bank: NDArray) -> float:
    """Median distance of a real picture to its nearest other one: [n, f] to a scale."""
    distances, _ = NearestNeighbors(n_neighbors=2).fit(bank).kneighbors(bank)
    return float(np.median(distances[:, 1]))


def class_changes(chances: ArrayLike) -> NDArray[np.float64]:
    """How often the likeliest class changes: [paths, frames, classes] to [paths]."""
    named = np.asarray(chances).argmax(-1)
    return (named[:, 1:] != named[:, :-1]).sum(-1).astype(np.float64)


def confidence(chances: ArrayLike) -> NDArray[np.float64]:
    """The likeliest class's probability: [paths, frames, classes] to [..., frames]."""
    return np.asarray(chances, np.float64).max(-1)


def unevenness(features: ArrayLike) -> NDArray[np.float64]:
    """Largest step over mean step: [paths, frames, f] to [paths].

    1 for a path that advances evenly, frames - 1 for one that jumps once.
    """
    steps = np.linalg.norm(np.diff(np.asarray(features, np.float64), axis=1), axis=-1)
    mean = steps.mean(-1)
    return steps.max(-1) / np.where(mean > 0, mean, 1)
