"""Plain images and the arrays that networks compute on."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike, DTypeLike

from aejax.errors import UserError

BEYOND = 1e-3
"""So far may floats lie outside [0, 1]: what rounding does."""


class ImageError(UserError, ValueError):
    """Images are of a type, a range or a shape that cannot be."""


def check_dtype(dtype: DTypeLike) -> None:
    """Accepts the types of images: uint8, or any float.

    Raises:
      ImageError: it is another one; says what to do.
    """
    if dtype == jnp.uint8 or jnp.issubdtype(dtype, jnp.floating):
        return
    ways: dict[Any, str] = {
        np.dtype(bool): "255 * images.astype('uint8')",
        np.dtype(np.uint16): "images / 65535, if all of its 16 bits are used",
    }
    known = ways.get(
        jnp.dtype(dtype), "images.astype('uint8'), if they are in 0 to 255"
    )
    raise ImageError(
        f"images are {jnp.dtype(dtype).name}, and must be uint8 or floats in [0, 1]; "
        f"use {known}"
    )


def check(images: Any) -> None:
    """Accepts images that are uint8, or floats in [0, 1].

    Within a compiled program values are not known, and the type alone is checked.

    Args:
      images: an array of any shape.

    Raises:
      ImageError: they are anything else; says what to do.
    """
    if not hasattr(images, "dtype"):
        images = np.asarray(images)
    check_dtype(images.dtype)
    if isinstance(images, jax.core.Tracer) or images.dtype == jnp.uint8:
        return
    if isinstance(images, jax.ShapeDtypeStruct) or images.size == 0:
        return
    # Also where a program that is being compiled closes over them.
    with jax.ensure_compile_time_eval():
        low, high = float(images.min()), float(images.max())
    if low >= -BEYOND and high <= 1 + BEYOND:
        return
    if not np.isfinite([low, high]).all():
        raise ImageError("images contain values that are not finite")
    way = "bring them into [0, 1]"
    if 1 < high <= 255 + BEYOND and low >= 0:
        way = "use images / 255"
    elif low >= -1 - BEYOND and high <= 1 + BEYOND:
        way = "use (images + 1) / 2"
    raise ImageError(
        f"images are floats from {low:.4g} to {high:.4g}, and must be uint8 or in "
        f"[0, 1]; {way}"
    )


def checked_bytes(images: np.ndarray) -> np.ndarray:
    """Images as uint8; floats in [0, 1] are rounded to 256 levels.

    Raises:
      ImageError: they are anything else.
    """
    check(images)
    if images.dtype == np.uint8:
        return images
    return np.round(255 * np.clip(images, 0, 1)).astype(np.uint8)


def unit(images: ArrayLike, dtype=jnp.float32) -> jax.Array:
    """Images as floats in [0, 1].

    Args:
      images: uint8 in 0..255, or floats that are in [0, 1] already.
      dtype: the float type of the result.

    Returns:
      An array of the same shape.

    Raises:
      ImageError: they are of another type.
    """
    # Before it is an array of JAX, which would call int64 int32.
    check_dtype(getattr(images, "dtype", jnp.result_type(images)))
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
