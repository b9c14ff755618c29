"""Decoders: a latent code to image logits, the mirror of `aejax.models.encoders`.

A decoder may be given conditions beside its code (a class, a category). Each is
added after a linear layer of its own, not concatenated, so that zero-padding the
code stays possible (`aejax.padding`).
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from aejax import images as im
from aejax.models.common import HE_UP, Activation, ImageShape
from aejax.models.conv import ConvTranspose
from aejax.ops.conv import MethodName

Conditions = Mapping[str, jax.Array]
"""Names to arrays [n, any length]."""


class ConvDecoder(nn.Module):
    """Dense layers, then transposed convolutions.

    Attributes:
      image_shape: (height, width, channels) of the images.
      width, depth, fc_layers, fc_width, activation, param_dtype, dtype, method: as in
        `ConvEncoder`.
    """

    sizes: ClassVar[tuple[str, ...]] = ("width", "fc_width")

    image_shape: ImageShape = (28, 28, 1)
    width: int = 32
    depth: int = 3
    fc_layers: int = 0
    fc_width: int = 256
    activation: Activation = nn.relu
    param_dtype: DTypeLike = jnp.float32
    dtype: DTypeLike | None = None
    method: MethodName = "auto"

    @nn.compact
    def __call__(
        self, latents: jax.Array, conditions: Conditions | None = None
    ) -> jax.Array:
        """Latents [n, zdim] to logits [n, h, w, c]; their sigmoid is the image."""
        types = {"param_dtype": self.param_dtype, "dtype": self.dtype}
        edges = [
            im.padded_size(s, self.depth) // 2**self.depth for s in self.image_shape[:2]
        ]
        grid = (*edges, self.width * 2 ** (self.depth - 1))
        layers = [(f"fc_{i}", (self.fc_width,)) for i in range(self.fc_layers)]
        x = latents
        for i, (name, features) in enumerate([*layers, ("grid", grid)]):
            layer = partial(nn.DenseGeneral, features, **types)
            x = self.activation(x) if i else x
            x = _combined(layer, name, x, None if i else conditions)
        for i in reversed(range(self.depth)):
            conv = ConvTranspose(
                self.width * 2 ** (i - 1) if i else self.image_shape[2],
                kernel_init=HE_UP,
                method=self.method,
                name=f"conv_{i}",
                **types,
            )
            x = conv(self.activation(x))
        return im.crop(x, *self.image_shape[:2])


class MlpDecoder(nn.Module):
    """Dense layers.

    Attributes:
      image_shape: (height, width, channels) of the images.
      hidden: units of each layer, in the order of the `MlpEncoder` that it mirrors:
        the last are computed first.
      activation, param_dtype, dtype: as in `ConvEncoder`.
    """

    sizes: ClassVar[tuple[str, ...]] = ("hidden",)

    image_shape: ImageShape = (28, 28, 1)
    hidden: tuple[int, ...] = (400,)
    activation: Activation = nn.relu
    param_dtype: DTypeLike = jnp.float32
    dtype: DTypeLike | None = None

    @nn.compact
    def __call__(
        self, latents: jax.Array, conditions: Conditions | None = None
    ) -> jax.Array:
        """Latents [n, zdim] to logits [n, h, w, c]; their sigmoid is the image."""
        types = {"param_dtype": self.param_dtype, "dtype": self.dtype}
        x = latents
        for i, units in reversed(list(enumerate(self.hidden))):
            layer = partial(nn.Dense, units, **types)
            x = self.activation(_combined(layer, f"fc_{i}", x, conditions))
            conditions = None
        layer = partial(nn.DenseGeneral, self.image_shape, **types)
        return _combined(layer, "pixels", x, conditions)


def _combined(layer: Any, name: str, x: jax.Array, conditions: Conditions | None):
    """A layer's result plus that of a layer "from_..." for each condition."""
    total = layer(name=name)(x)
    for given, condition in (conditions or {}).items():
        own = layer(use_bias=False, name=f"from_{given}")
        total += own(condition.astype(x.dtype))
    return total
