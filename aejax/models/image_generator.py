"""A generator of latents and a decoder of them, as one model that draws images."""

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from aejax.models.common import ImageShape


class ImageGenerator(nn.Module):
    """Noise, and a class where there is one, to images.

    The two parts are usually trained one after the other: `aejax.assembly` puts their
    parameters together.

    Example:
      >>> model, params = aejax.load("checkpoints/pretrained/digit_generator")
      >>> noise = sampling.noise(key, jnp.zeros((n, model.noise_dim)))
      >>> images = model.apply(params, noise, labels)

    Attributes:
      generator: noise [n, noise_dim] and labels, or None, to latents [n, zdim]; such as
        `Generator`.
      decoder: latents to logits [n, h, w, c]; such as `ConvDecoder`.
    """

    generator: nn.Module
    decoder: nn.Module

    @property
    def noise_dim(self) -> int:
        """Length of the noise."""
        return self.generator.noise_dim

    @property
    def classes(self) -> int:
        """Number of classes that images can be asked of; 0 for none."""
        return self.generator.classes

    @property
    def image_shape(self) -> ImageShape:
        """(height, width, channels) of the images."""
        return self.decoder.image_shape

    @property
    def param_dtype(self) -> DTypeLike:
        """Type of the generator's parameters."""
        return getattr(self.generator, "param_dtype", jnp.float32)

    def __call__(self, noise: jax.Array, labels: jax.Array | None = None) -> jax.Array:
        """Images [n, h, w, c] in [0, 1].

        Args:
          noise: [n, noise_dim], standard normal; shortened, images are more typical and
            less various.
          labels: int [n], where `classes` is set (class 0 if not given).
        """
        return nn.sigmoid(self.decoder(self.generator(noise, labels)))
