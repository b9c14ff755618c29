"""An autoencoder of dense layers, down to a single one on either side."""

from typing import ClassVar

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from aejax.models.common import Activation, ImageShape, check_images
from aejax.models.decoders import MlpDecoder
from aejax.models.encoders import MlpEncoder


class MlpAutoencoder(nn.Module):
    """A dense encoder and its mirror.

    Example:
      >>> model = MlpAutoencoder(zdim=10)
      >>> params = model.init(jax.random.key(0), images)
      >>> latents = model.apply(params, images, method="encode")
      >>> images = model.apply(params, latents, method="decode")

    Attributes:
      zdim: length of the latent vector.
      hidden: units of the encoder's hidden layers, which the decoder mirrors; ()
        leaves one layer on either side.
      image_shape: (height, width, channels) of the images.
      activation: of hidden layers; must map 0 to 0, or members of a sweep cannot be
        zero-padded.
      code_activation: of the code, such as `nn.relu` for codes with true zeros; None
        for linear codes. Must map 0 to 0, too.
      param_dtype: type of the stored parameters.
      dtype: type of the computation; None for that of the parameters.
    """

    sizes: ClassVar[tuple[str, ...]] = ("zdim", "hidden")

    zdim: int
    hidden: tuple[int, ...] = (256,)
    image_shape: ImageShape = (28, 28, 1)
    activation: Activation = nn.relu
    code_activation: Activation | None = None
    param_dtype: DTypeLike = jnp.float32
    dtype: DTypeLike | None = None

    def setup(self) -> None:
        """Describes the two halves."""
        shared = {
            "activation": self.activation,
            "param_dtype": self.param_dtype,
            "dtype": self.dtype,
        }
        self.encoder = MlpEncoder((*self.hidden, self.zdim), **shared)
        self.decoder = MlpDecoder(self.image_shape, self.hidden, **shared)

    def __call__(self, images: jax.Array) -> jax.Array:
        """Images [n, h, w, c], uint8 or in [0, 1], to logits [n, h, w, c]."""
        return self.logits(self.encode(images))

    def encode(self, images: jax.Array) -> jax.Array:
        """Images [n, h, w, c], uint8 or in [0, 1], to latents [n, zdim].

        Raises:
          ValueError: the images have not the model's `image_shape`.
        """
        check_images(images, self.image_shape)
        latents = self.encoder(images)
        if self.code_activation is None:
            return latents
        return self.code_activation(latents)

    def logits(self, latents: jax.Array) -> jax.Array:
        """Latents [n, zdim] to logits [n, h, w, c]: the last layer, which is linear."""
        return self.decoder(latents)

    def decode(self, latents: jax.Array) -> jax.Array:
        """Latents [n, zdim] to images [n, h, w, c] in [0, 1]."""
        return nn.sigmoid(self.logits(latents))

    def reconstruct(self, images: jax.Array) -> jax.Array:
        """`decode(encode(images))`, in [0, 1]."""
        return nn.sigmoid(self(images))
