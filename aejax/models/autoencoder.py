"""A convolutional autoencoder: an encoder and its mirror.

The latent code is an abstract vector: all spatial structure ends in the dense layer
before it.
"""

from typing import ClassVar

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from aejax.models.common import Activation, ImageShape, check_images
from aejax.models.decoders import ConvDecoder
from aejax.models.encoders import ConvEncoder
from aejax.ops.conv import MethodName


class Autoencoder(nn.Module):
    """A convolutional autoencoder.

    Example:
      >>> model = Autoencoder(zdim=10)
      >>> params = model.init(jax.random.key(0), images)
      >>> latents = model.apply(params, images, method="encode")
      >>> images = model.apply(params, latents, method="decode")

    Calling it gives logits, the form that losses want; `decode` and
    `reconstruct` give images in [0, 1].

    Attributes:
      zdim: length of the latent vector.
      image_shape: (height, width, channels) of the images.
      width, depth, fc_layers, fc_width, activation, param_dtype, dtype, method: as in
        `ConvEncoder`.
    """

    sizes: ClassVar[tuple[str, ...]] = ("zdim", "width", "fc_width")

    zdim: int
    image_shape: ImageShape = (28, 28, 1)
    width: int = 32
    depth: int = 3
    fc_layers: int = 0
    fc_width: int = 256
    activation: Activation = nn.relu
    param_dtype: DTypeLike = jnp.float32
    dtype: DTypeLike | None = None
    method: MethodName = "auto"

    def setup(self) -> None:
        """Describes the two halves."""
        shared = {
            "width": self.width,
            "depth": self.depth,
            "fc_layers": self.fc_layers,
            "fc_width": self.fc_width,
            "activation": self.activation,
            "param_dtype": self.param_dtype,
            "dtype": self.dtype,
            "method": self.method,
        }
        self.encoder = ConvEncoder(self.zdim, **shared)
        self.decoder = ConvDecoder(self.image_shape, **shared)

    def __call__(self, images: jax.Array) -> jax.Array:
        """Images [n, h, w, c], uint8 or in [0, 1], to logits [n, h, w, c]."""
        return self.decoder(self.encode(images))

    def encode(self, images: jax.Array) -> jax.Array:
        """Images [n, h, w, c], uint8 or in [0, 1], to latents [n, zdim].

        Raises:
          ValueError: the images have not the model's `image_shape`.
        """
        check_images(images, self.image_shape)
        return self.encoder(images)

    def decode(self, latents: jax.Array) -> jax.Array:
        """Latents [n, zdim] to images [n, h, w, c] in [0, 1]."""
        return nn.sigmoid(self.decoder(latents))

    def reconstruct(self, images: jax.Array) -> jax.Array:
        """`decode(encode(images))`, in [0, 1]."""
        return nn.sigmoid(self(images))
