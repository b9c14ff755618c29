"""What a classifier sees on the way from one image to another.

A path is a row of images; features and class probabilities are those of a
classifier that knows nothing of the model that drew them.
"""

from dataclasses import dataclass
from functools import partial

import flax.linen as nn
import jax
import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.neighbors import NearestNeighbors

from aejax import latents
from aejax.algorithm import Params
from aejax.eval.batching import batched

LINE, ARC = "linear", "spherical"


def decoded(
    model: nn.Module,
    params: Params,
    ends: tuple[jax.Array, jax.Array],
    others: jax.Array,
    t: jax.Array,
) -> dict[str, jax.Array]:
    """Decoded straight lines and arcs between the codes of images.

    Args:
      model: an autoencoder.
      params: its parameters.
      ends: first and last images of the paths, each [paths, h, w, c].
      others: [n, h, w, c] images; arcs run around the mean of their codes.
      t: [frames] positions in [0, 1].

    Returns:
      "linear" and "spherical", [paths, frames, h, w, c] each.
    """
    encode, decode = (
        partial(model.apply, params, method=m) for m in ("encode", "decode")
    )
    first, last, middle = (batched(encode, x) for x in (*ends, others))
    codes = {
        LINE: latents.linear(first, last, t),
        ARC: latents.spherical(first, last, t, middle.mean(0)),
    }
    shape = (len(first), len(t), *model.image_shape)
    return {
        kind: batched(decode, z.reshape(-1, z.shape[-1])).reshape(shape)
        for kind, z in codes.items()
    }


def nearest_real(
    features: NDArray, bank: NDArray, ends: NDArray
) -> NDArray[np.float64]:
    """Distance of every frame to the nearest real image in feature space.

    The two images that a path joins do not count: a path is to pass near to
    other real images.

    Args:
      features: [paths, frames, f].
      bank: [n, f] features of n >= 3 real images.
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
    """Median distance of a real image to its nearest other one: [n, f] to a scale."""
    distances, _ = NearestNeighbors(n_neighbors=2).fit(bank).kneighbors(bank)
    return float(np.median(distances[:, 1]))


def class_changes(probabilities: ArrayLike) -> NDArray[np.float64]:
    """How often the likeliest class changes: [paths, frames, classes] to [paths]."""
    named = np.asarray(probabilities).argmax(-1)
    return (named[:, 1:] != named[:, :-1]).sum(-1).astype(np.float64)


def confidence(probabilities: ArrayLike) -> NDArray[np.float64]:
    """The likeliest class's probability: [paths, frames, classes] to [..., frames]."""
    return np.asarray(probabilities, np.float64).max(-1)


def unevenness(features: ArrayLike) -> NDArray[np.float64]:
    """Largest step over mean step: [paths, frames, f] to [paths].

    1 for a path that advances evenly, frames - 1 for one that jumps once.
    """
    steps = np.linalg.norm(np.diff(np.asarray(features, np.float64), axis=1), axis=-1)
    mean = steps.mean(-1)
    return steps.max(-1) / np.where(mean > 0, mean, 1)


def cross_fade(first: ArrayLike, last: ArrayLike, count: int) -> NDArray:
    """Paths in pixel space, from images [paths, h, w, c]: [paths, count, h, w, c]."""
    a, b = (np.asarray(image)[:, None] for image in (first, last))
    t = np.linspace(0, 1, count, dtype=a.dtype)[:, None, None, None]
    return a * (1 - t) + b * t


def departure(frames: ArrayLike) -> NDArray[np.float64]:
    """Distance of a path from the cross-fade of its own ends, rms grey level.

    0 for a decoder that is linear along the path. The ends do not count.

    Args:
      frames: [paths, frames, h, w, c] images in [0, 1], evenly spaced on the path;
        three frames or more.

    Returns:
      [paths].
    """
    images = np.asarray(frames)
    faded = cross_fade(images[:, 0], images[:, -1], images.shape[1])
    squares = np.square(images - faded)[:, 1:-1]
    return np.sqrt(squares.mean((1, 2, 3, 4), dtype=np.float64))


@dataclass(frozen=True)
class PathMeasures:
    """Measures of paths, each an array [paths].

    Means over a path leave its ends out: they are no interpolations.

    Attributes:
      nearest: mean distance to the nearest real image, in units of the typical
        distance between neighbouring real images.
      confidence: mean probability of the likeliest class.
      changes: how often the likeliest class changes.
      direct: 1 where it changes once, from the class of one end to that of the other.
      unevenness: largest over mean step in feature space.
      departure: rms distance from the cross-fade of the path's own ends.
      nearest_along, confidence_along: [frames] means over paths.
    """

    nearest: NDArray[np.float64]
    confidence: NDArray[np.float64]
    changes: NDArray[np.float64]
    direct: NDArray[np.float64]
    unevenness: NDArray[np.float64]
    departure: NDArray[np.float64]
    nearest_along: NDArray[np.float64]
    confidence_along: NDArray[np.float64]


def measure(
    frames: NDArray,
    features: NDArray,
    probabilities: NDArray,
    bank: NDArray,
    ends: NDArray,
) -> PathMeasures:
    """All measures of paths.

    Args:
      frames: [paths, frames, h, w, c] images in [0, 1], three frames or more.
      features: [paths * frames, f] of these images.
      probabilities: [paths * frames, classes].
      bank: [n, f] features of n >= 3 real images.
      ends: int [paths, 2], places of each path's two ends in `bank`.
    """
    shape = (*frames.shape[:2], -1)
    features, probabilities = features.reshape(shape), probabilities.reshape(shape)
    near = nearest_real(features, bank, ends) / typical_distance(bank)
    sure, changes = confidence(probabilities), class_changes(probabilities)
    return PathMeasures(
        nearest=near[:, 1:-1].mean(-1),
        confidence=sure[:, 1:-1].mean(-1),
        changes=changes,
        direct=(changes == 1).astype(np.float64),
        unevenness=unevenness(features),
        departure=departure(frames),
        nearest_along=near.mean(0),
        confidence_along=sure.mean(0),
    )
