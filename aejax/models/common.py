"""What the models share: types, the type of computation, the check of images."""

from collections.abc import Callable

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike

from aejax import images as im

Activation = Callable[[jax.Array], jax.Array]
ImageShape = tuple[int, int, int]

# He initialisation (arXiv:1502.01852). A transposed convolution of stride 2 sums
# a quarter of the taps that Flax counts as its fan-in. With Flax's defaults the
# logits start almost constant, and training first learns black images, where
# the sigmoid's gradient ends.
HE = nn.initializers.variance_scaling(2.0, "fan_in", "truncated_normal")
HE_UP = nn.initializers.variance_scaling(8.0, "fan_in", "truncated_normal")


def computation_dtype(model: nn.Module) -> DTypeLike:
    """The type that images get: `model.dtype`, or where that is None `param_dtype`."""
    dtype = getattr(model, "dtype", None)
    return getattr(model, "param_dtype", jnp.float32) if dtype is None else dtype


def check_images(images: jax.Array | np.ndarray, image_shape: ImageShape) -> None:
    """Refuses images that a model was not made for.

    Within a compiled program values are not known, and types and shapes are checked.

    Raises:
      ImageError: `images` are not [n, *image_shape], or neither uint8 nor in [0, 1]; a
        UserError and a ValueError.
    """
    if images.ndim != 4 or images.shape[1:] != tuple(image_shape):
        raise im.ImageError(
            f"this model takes images [n, {', '.join(map(str, image_shape))}]"
            f", not {list(images.shape)}; set image_shape=... for other images"
        )
    im.check(images)
