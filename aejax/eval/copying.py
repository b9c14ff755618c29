"""Copying made visible: the nearest training image of each generated one."""

from math import prod
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.typing import ArrayLike
from numpy.typing import NDArray
from scipy import stats

from aejax import images as im
from aejax.eval.batching import batched
from aejax.eval.distances import BLOCK, centred, pair, squared

_CANDIDATES = 4


class Nearest(NamedTuple):
    """The nearest training image of each image.

    Attributes:
      places: int32 [n], among the training images.
      distances: float32 [n], Euclidean, of pixels in [0, 1] or of features.
    """

    places: NDArray[np.int32]
    distances: NDArray[np.float32]


def nearest_training_images(images: ArrayLike, train: ArrayLike) -> Nearest:
    """The nearest training image of each image, and how far it is.

    Of real images that were not trained on it gives the distances to compare with.

    Args:
      images: [n, ...], uint8 or in [0, 1]; or features [n, f].
      train: [m, ...] of the same shape.

    Returns:
      Places and distances. The distances are taken from the differences of the four
      nearest, so they are exactly 0 for images that are equal.

    Raises:
      ValueError: there are no images, or the shapes differ.
    """
    queries, known = (im.unit(x) for x in (images, train))
    if queries.shape[1:] != known.shape[1:]:
        raise ValueError(f"images of shapes {queries.shape} and {known.shape}")
    length = prod(queries.shape[1:])
    flat, others = (x.reshape(len(x), length) for x in (queries, known))
    places, distances = jax.device_get(_nearest(*pair(flat, others)))
    return Nearest(places, distances)


def copying(generated: ArrayLike, held_out: ArrayLike) -> float:
    """Fraction of pairs in which the generated image is nearer than the test image.

    Nearer to its nearest training image. 1/2 where a generator draws from the
    distribution of the data, towards 1 where it copies, towards 0 where its images are
    like no training image. It is 1 - Δ of Meehan et al., arXiv:2004.05675, the
    Mann-Whitney statistic of their test of data copying, with the whole space as one
    cell. Smooth images are near to everything in pixels: look at the nearest images
    and at distances of features, too.

    Args:
      generated: [n] distances of generated images to their nearest training images.
      held_out: [m] such distances of real images that were not trained on.
    """
    near, far = np.asarray(generated), np.asarray(held_out)
    ranks = stats.rankdata(np.concatenate([far, near]))[: len(far)]
    before = ranks - (len(far) + 1) / 2  # Without those of its own kind, on average.
    return float(before.mean() / len(near))


@jax.jit
def _nearest(images: jax.Array, train: jax.Array) -> tuple[jax.Array, jax.Array]:
    queries, known = centred(images, train)

    def block(rows: jax.Array) -> tuple[jax.Array, jax.Array]:
        # The product form finds the nearest, but differences alone tell them apart.
        count = min(_CANDIDATES, len(known))
        _, candidates = lax.top_k(-squared(rows, known), count)
        found = jnp.square(rows[:, None] - known[candidates]).sum(-1)
        best = found.argmin(1)[:, None]
        places, least = (
            jnp.take_along_axis(a, best, 1)[:, 0] for a in (candidates, found)
        )
        return places, jnp.sqrt(least)

    return batched(block, queries, BLOCK)
