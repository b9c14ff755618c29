"""Precision and recall of generated images: are they realistic, and is all there?"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.typing import ArrayLike
from numpy.typing import NDArray

from aejax.eval.batching import batched
from aejax.eval.distances import BLOCK, centred, pair, squared

NEIGHBOURS = 3
"""The neighbour whose distance is a point's radius."""


class PrecisionRecall(NamedTuple):
    """Fractions in [0, 1].

    Attributes:
      precision: of the generated images that lie among the real ones.
      recall: of the real images that lie among the generated ones.
    """

    precision: float
    recall: float


def precision_recall(
    generated: ArrayLike, real: ArrayLike, neighbours: int = NEIGHBOURS
) -> PrecisionRecall:
    """Improved precision and recall (Kynkäänniemi et al., arXiv:1904.06991).

    A point lies among others if it is within the radius of one of them: the distance
    of that one to its third nearest neighbour among its own kind, itself left out.
    Both fractions grow with the number of neighbours and depend on n and m: compare
    only figures from as many images.

    Args:
      generated: [n, f] features.
      real: [m, f] features.
      neighbours: which neighbour's distance is the radius.

    Raises:
      ValueError: there are not more images than neighbours, no neighbours, or features
        of different lengths.
    """
    if neighbours < 1:
        raise ValueError(f"{neighbours} neighbours")
    fake, true = centred(*pair(generated, real, least=neighbours + 1))
    are_among = jax.device_get(_are_among(fake, true, neighbours))
    return PrecisionRecall(*(float(found.mean()) for found in are_among))


def class_recall(
    generated: ArrayLike,
    decisions: ArrayLike,
    real: ArrayLike,
    labels: ArrayLike,
    classes: int,
    neighbours: int = NEIGHBOURS,
) -> NDArray[np.float64]:
    """Recall within each class, of equally many generated and real images.

    Args:
      generated: [n, f] features.
      decisions: int [n], their classes, such as those that were asked for.
      real: [m, f] features.
      labels: int [m], their classes.
      classes: number of classes.
      neighbours: as in `precision_recall`.

    Returns:
      [classes]; nan of a class with too few images for so many neighbours.
    """
    fake, true = np.asarray(generated), np.asarray(real)
    found = np.full(classes, np.nan)
    for c in range(classes):
        made, own = fake[np.asarray(decisions) == c], true[np.asarray(labels) == c]
        size = min(len(made), len(own))
        if size > neighbours:
            found[c] = precision_recall(made[:size], own[:size], neighbours).recall
    return found


@partial(jax.jit, static_argnums=2)
def _are_among(
    generated: jax.Array, real: jax.Array, neighbours: int
) -> tuple[jax.Array, jax.Array]:
    """Which generated images are among the real ones, [n], and the reverse, [m]."""
    return (
        _among(generated, real, _squared_radii(real, neighbours)),
        _among(real, generated, _squared_radii(generated, neighbours)),
    )


def _squared_radii(points: jax.Array, neighbours: int) -> jax.Array:
    """Squared distance [n] of each point to this one of its nearest others."""
    places = jnp.arange(len(points), dtype=jnp.int32)

    def block(rows: dict[str, jax.Array]) -> jax.Array:
        # By its place, not by its distance of zero: another may be equal to it.
        is_itself = rows["place"][:, None] == places[None]
        found = jnp.where(is_itself, jnp.inf, squared(rows["point"], points))
        # The greatest of the nearest; a slice would make XLA sort them all on a CPU.
        return (-lax.top_k(-found, neighbours)[0]).max(1)

    return batched(block, {"point": points, "place": places}, BLOCK)


def _among(points: jax.Array, others: jax.Array, radii: jax.Array) -> jax.Array:
    """Which points [n] are within the squared radius of one of the others."""

    def block(rows: jax.Array) -> jax.Array:
        return (squared(rows, others) <= radii[None]).any(1)

    return batched(block, points, BLOCK)
