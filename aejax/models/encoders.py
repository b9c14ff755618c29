"""Encoders: images to a feature vector, which is the code of an autoencoder.

Every layer's kernel keeps its axes apart (the dense layer at the coarsest level has
a kernel [4, 4, channels, features]), so a model of smaller width is the same tree
with smaller leaves, and zero-padding it to a larger one changes nothing that it
computes: that is what `aejax.padding` rests on.
"""

import math
from typing import ClassVar

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from aejax import images as im
from aejax.models.common import HE, Activation, computation_dtype
from aejax.models.conv import Conv
from aejax.ops.conv import MethodName


class ConvEncoder(nn.Module):
    """Strided convolutions, then dense layers.

    Attributes:
      features: length of the result.
      width: channels of the first convolution; each further one doubles them.
      depth: number of convolutions (3x3, stride 2), each halving the image.
      fc_layers: fully connected layers between the coarsest grid and the result.
      fc_width: units of each of them.
      activation: must map 0 to 0, or members of a sweep cannot be zero-padded.
      param_dtype: type of the stored parameters.
      dtype: type of the computation; None for that of the parameters.
      method: of the convolutions, see `aejax.ops.conv.choose`; "native" and
        "gemm_autodiff" have forward-mode derivatives.
    """

    sizes: ClassVar[tuple[str, ...]] = ("features", "width", "fc_width")

    features: int
    width: int = 32
    depth: int = 3
    fc_layers: int = 0
    fc_width: int = 256
    activation: Activation = nn.relu
    param_dtype: DTypeLike = jnp.float32
    dtype: DTypeLike | None = None
    method: MethodName = "auto"

    @nn.compact
    def __call__(self, images: jax.Array) -> jax.Array:
        """Images [n, h, w, c], uint8 or in [0, 1], to [n, features]; last layer linear.

        The image is zero-padded to a multiple of 16 pixels.
        """
        types = {"param_dtype": self.param_dtype, "dtype": self.dtype}
        x = im.unit(images, computation_dtype(self))
        height, width = (im.padded_size(s, self.depth) for s in images.shape[1:3])
        x = im.pad(x, height, width)
        for i in range(self.depth):
            conv = Conv(
                self.width * 2**i,
                kernel_init=HE,
                method=self.method,
                name=f"conv_{i}",
                **types,
            )
            x = self.activation(conv(x))
        axis: tuple[int, ...] = (-3, -2, -1)
        for i in range(self.fc_layers):
            x = nn.DenseGeneral(self.fc_width, axis, name=f"fc_{i}", **types)(x)
            x, axis = self.activation(x), (-1,)
        return nn.DenseGeneral(self.features, axis, name="latent", **types)(x)


class MlpEncoder(nn.Module):
    """Dense layers.

    Attributes:
      hidden: units of each layer, from the image on; the last are the result.
      activation, param_dtype, dtype: as in `ConvEncoder`.
    """

    sizes: ClassVar[tuple[str, ...]] = ("hidden",)

    hidden: tuple[int, ...] = (400,)
    activation: Activation = nn.relu
    param_dtype: DTypeLike = jnp.float32
    dtype: DTypeLike | None = None

    @nn.compact
    def __call__(self, images: jax.Array) -> jax.Array:
        """Images [n, h, w, c], uint8 or in [0, 1], to [n, hidden[-1]]; last linear."""
        flat = (len(images), math.prod(images.shape[1:]))
        x = im.unit(images, computation_dtype(self)).reshape(flat)
        for i, units in enumerate(self.hidden):
            x = self.activation(x) if i else x
            x = nn.Dense(
                units, param_dtype=self.param_dtype, dtype=self.dtype, name=f"fc_{i}"
            )(x)
        return x
