"""Random changes of training images that leave their meaning."""

import jax
import jax.numpy as jnp
from jax import lax


def shift(key: jax.Array, images: jax.Array, most: int) -> jax.Array:
    """Moves each image by up to `most` pixels each way; what enters is zero.

    Args:
      key: draws the two offsets of each image, uniform in -most..most.
      images: [n, h, w, c] of any dtype.
      most: 0 leaves the images as they are.
    """
    n, *shape = images.shape
    padded = jnp.pad(images, [(0, 0), (most, most), (most, most), (0, 0)])
    offsets = jax.random.randint(key, (2, n), 0, 2 * most + 1)
    cut = jax.vmap(lambda image, row, column: lax.dynamic_slice(
        image, (row, column, jnp.zeros_like(row)), shape
    ))  # fmt: skip
    return cut(padded, *offsets)
