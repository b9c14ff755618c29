"""Distances between two sets of points, block by block on the device.

|a - b|^2 = |a|^2 + |b|^2 - 2 ab is one matrix product, but rounds to about 1e-7 of
|a|^2 + |b|^2: points are best centred first.
"""

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import ArrayLike

BLOCK = 512
"""Points whose distances to all others are in memory at once."""


def pair(
    first: ArrayLike, second: ArrayLike, least: int = 1
) -> tuple[jax.Array, jax.Array]:
    """Two sets of points of one length, [n, f] and [m, f], as float32.

    Args:
      first: [n, f].
      second: [m, f].
      least: how many points each must have.

    Raises:
      ValueError: fewer points, or points of different lengths.
    """
    a, b = (jnp.asarray(x, jnp.float32) for x in (first, second))
    is_fit = a.ndim == b.ndim == 2 and a.shape[1] == b.shape[1]
    if not is_fit or min(len(a), len(b)) < least:
        raise ValueError(
            f"points of shapes {a.shape} and {b.shape}, not [n, f] and [m, f] with at "
            f"least {least} of each"
        )
    return a, b


def centred(first: jax.Array, second: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Both sets with the mean of the second moved to the origin."""
    mean = second.mean(0, keepdims=True)
    return first - mean, second - mean


def products(first: jax.Array, second: jax.Array) -> jax.Array:
    """Scalar products [n, m] of points [n, f] and [m, f].

    In the full precision of float32, also where the device's default is less.
    """
    return lax.dot_general(
        first, second, (((1,), (1,)), ((), ())), precision=lax.Precision.HIGHEST
    )


def squared(first: jax.Array, second: jax.Array) -> jax.Array:
    """Squared Euclidean distances [n, m] of points [n, f] and [m, f]."""
    lengths = jnp.square(first).sum(1)[:, None] + jnp.square(second).sum(1)[None]
    return jnp.maximum(lengths - 2 * products(first, second), 0)
