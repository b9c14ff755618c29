"""Plain images and the arrays that networks compute on."""

from typing import Any

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike


def unit(images: ArrayLike, dtype=jnp.float32) -> jax.Array:
    """Images as floats in [0, 1].

    Args:
      images: uint8 in 0..255, or floats that are in [0, 1] already.
      dtype: the float type of the result.

    Returns:
      An array of the same shape.
    """
    images = jnp.asarray(images)
    if images.dtype == jnp.uint8:
        return images.astype(dtype) / jnp.asarray(255, dtype)
    return images.astype(dtype)


def loss_dtype(model: Any) -> Any:
    """The float type in which losses of a model are computed: that of its parameters.

    A model may compute in a shorter one (its `dtype`); its results are then cast.
    """
    return getattr(model, "param_dtype", jnp.float32)


def padded_size(size: int, depth: int) -> int:
    """The edge to which `size` is zero-padded before `depth` halvings.

    The next multiple of 16, or of 2**depth where that is more: 28 becomes 32.
    """
    multiple = 2 ** max(depth, 4)
    return -(-size // multiple) * multiple


def pad(images: jax.Array, height: int, width: int) -> jax.Array:
    """Zero-pads images [n, h, w, c] to [n, height, width, c], centred."""
    rows, columns = height - images.shape[1], width - images.shape[2]
    margins = [(rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2)]
    return jnp.pad(images, [(0, 0), *margins, (0, 0)])


def crop(images: jax.Array, height: int, width: int) -> jax.Array:
    """Undoes `pad`: the central [n, height, width, c] of images."""
    top = (images.shape[1] - height) // 2
    left = (images.shape[2] - width) // 2
    return images[:, top : top + height, left : left + width]
