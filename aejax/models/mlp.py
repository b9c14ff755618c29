"""Dense encoder and decoder bodies, mirrored."""

import flax.linen as nn
import jax
import jax.numpy as jnp

from aejax import images as im
from aejax.models.autoencoder import Activation, ImageShape


class MlpBody(nn.Module):
    """Images to hidden units: the encoder without its last, linear layer.

    Attributes:
      hidden: units of each layer, from the image on.
      activation: must map 0 to 0, or members of a sweep cannot be zero-padded.
      param_dtype: type of parameters and of all computation.
    """

    hidden: tuple[int, ...] = (400,)
    activation: Activation = nn.relu
    param_dtype: jnp.dtype = jnp.float32

    @nn.compact
    def __call__(self, images: jax.Array) -> jax.Array:
        """Images [n, h, w, c], uint8 or in [0, 1], to [n, hidden[-1]]."""
        x = im.unit(images, self.param_dtype).reshape(len(images), -1)
        for i, units in enumerate(self.hidden):
            x = nn.Dense(units, param_dtype=self.param_dtype, name=f"fc_{i}")(x)
            x = self.activation(x)
        return x


class MlpHead(nn.Module):
    """Hidden units to image logits: the decoder without its first layer.

    Attributes:
      image_shape: (height, width, channels) of the images.
      hidden, activation, param_dtype: as in `MlpBody`; the layers come in reverse,
        and `hidden[-1]` units are what is taken in.
    """

    image_shape: ImageShape = (28, 28, 1)
    hidden: tuple[int, ...] = (400,)
    activation: Activation = nn.relu
    param_dtype: jnp.dtype = jnp.float32

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Units [n, hidden[-1]] before their activation to logits [n, h, w, c]."""
        x = self.activation(x)
        for i, units in reversed(list(enumerate(self.hidden[:-1]))):
            x = nn.Dense(units, param_dtype=self.param_dtype, name=f"fc_{i}")(x)
            x = self.activation(x)
        pixels = nn.DenseGeneral(
            self.image_shape, param_dtype=self.param_dtype, name="pixels"
        )
        return pixels(x)
