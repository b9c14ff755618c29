"""Convolutional encoder, decoder and autoencoder.

The latent code is an abstract vector: all spatial structure ends in the dense
layer before it. Every layer's kernel keeps its axes apart (the dense layers at
the coarsest level have kernels [4, 4, channels, zdim] and [zdim, 4, 4,
channels]), so a model of smaller width or zdim is the same tree with smaller
leaves, and zero-padding it to a larger one changes nothing that it computes:
that is what `aejax.sweep` lives on.
"""

from collections.abc import Callable
from typing import ClassVar

import flax.linen as nn
import jax
import jax.numpy as jnp

from aejax import images as im
from aejax.models.conv import Conv, ConvTranspose

# He initialisation (arXiv:1502.01852). A transposed convolution of stride 2 sums
# a quarter of the taps that Flax counts as its fan-in. With Flax's defaults the
# logits start almost constant, and training first learns black images, where
# the sigmoid's gradient ends.
HE = nn.initializers.variance_scaling(2.0, "fan_in", "truncated_normal")
HE_UP = nn.initializers.variance_scaling(8.0, "fan_in", "truncated_normal")

Activation = Callable[[jax.Array], jax.Array]
ImageShape = tuple[int, int, int]


class Encoder(nn.Module):
    """Images to latent codes: strided convolutions, then dense layers.

    Attributes:
      zdim: length of the latent vector.
      width: channels of the first convolution; each further one doubles them.
      depth: number of convolutions (3x3, stride 2), each halving the image.
      fc_layers: fully connected layers between the coarsest grid and the code.
      fc_width: units of each of them.
      activation: must map 0 to 0, or members of a sweep cannot be zero-padded.
      param_dtype: type of parameters and of all computation.
    """

    zdim: int
    width: int = 32
    depth: int = 3
    fc_layers: int = 0
    fc_width: int = 256
    activation: Activation = nn.relu
    param_dtype: jnp.dtype = jnp.float32

    @nn.compact
    def __call__(self, images: jax.Array) -> jax.Array:
        """Images [n, h, w, c], uint8 or in [0, 1], to latents [n, zdim]."""
        x = im.unit(images, self.param_dtype)
        height, width = (im.padded_size(s, self.depth) for s in images.shape[1:3])
        x = im.pad(x, height, width)
        for i in range(self.depth):
            channels = self.width * 2**i
            conv = Conv(
                channels,
                kernel_init=HE,
                param_dtype=self.param_dtype,
                name=f"conv_{i}",
            )
            x = self.activation(conv(x))
        axis: tuple[int, ...] = (-3, -2, -1)
        for i in range(self.fc_layers):
            x = nn.DenseGeneral(
                self.fc_width, axis, param_dtype=self.param_dtype, name=f"fc_{i}"
            )(x)
            x, axis = self.activation(x), (-1,)
        return nn.DenseGeneral(
            self.zdim, axis, param_dtype=self.param_dtype, name="latent"
        )(x)


class Decoder(nn.Module):
    """Latent codes to image logits: the mirror of `Encoder`.

    Attributes:
      image_shape: (height, width, channels) of the images.
      width, depth, fc_layers, fc_width, activation, param_dtype: as in `Encoder`.
    """

    image_shape: ImageShape = (28, 28, 1)
    width: int = 32
    depth: int = 3
    fc_layers: int = 0
    fc_width: int = 256
    activation: Activation = nn.relu
    param_dtype: jnp.dtype = jnp.float32

    @nn.compact
    def __call__(self, latents: jax.Array) -> jax.Array:
        """Latents [n, zdim] to logits [n, h, w, c]; their sigmoid is the image."""
        x = latents
        for i in range(self.fc_layers):
            dense = nn.Dense(
                self.fc_width, param_dtype=self.param_dtype, name=f"fc_{i}"
            )
            x = self.activation(dense(x))
        height, width = (
            im.padded_size(s, self.depth) // 2**self.depth for s in self.image_shape[:2]
        )
        channels = self.width * 2 ** (self.depth - 1)
        x = nn.DenseGeneral(
            (height, width, channels), param_dtype=self.param_dtype, name="grid"
        )(x)
        for i in reversed(range(self.depth)):
            x = self.activation(x)
            channels = self.width * 2 ** (i - 1) if i else self.image_shape[2]
            x = ConvTranspose(
                channels,
                kernel_init=HE_UP,
                param_dtype=self.param_dtype,
                name=f"conv_{i}",
            )(x)
        return im.crop(x, *self.image_shape[:2])


class Autoencoder(nn.Module):
    """A convolutional autoencoder.

    Example:
      >>> model = Autoencoder(zdim=10)
      >>> params = model.init(jax.random.key(0), images)
      >>> latents = model.apply(params, images, method="encode")
      >>> pictures = model.apply(params, latents, method="decode")

    Calling it gives logits, the form that losses want; `decode` and
    `reconstruct` give images in [0, 1].

    Attributes:
      zdim: length of the latent vector.
      image_shape: (height, width, channels) of the images.
      width, depth, fc_layers, fc_width, activation, param_dtype: as in `Encoder`.
    """

    sizes: ClassVar[tuple[str, ...]] = ("zdim", "width", "fc_width")

    zdim: int
    image_shape: ImageShape = (28, 28, 1)
    width: int = 32
    depth: int = 3
    fc_layers: int = 0
    fc_width: int = 256
    activation: Activation = nn.relu
    param_dtype: jnp.dtype = jnp.float32

    def setup(self) -> None:
        """Describes the two halves."""
        shared = {
            "width": self.width,
            "depth": self.depth,
            "fc_layers": self.fc_layers,
            "fc_width": self.fc_width,
            "activation": self.activation,
            "param_dtype": self.param_dtype,
        }
        self.encoder = Encoder(self.zdim, **shared)
        self.decoder = Decoder(self.image_shape, **shared)

    def __call__(self, images: jax.Array) -> jax.Array:
        """Images [n, h, w, c], uint8 or in [0, 1], to logits [n, h, w, c]."""
        return self.decoder(self.encode(images))

    def encode(self, images: jax.Array) -> jax.Array:
        """Images [n, h, w, c], uint8 or in [0, 1], to latents [n, zdim].

        Raises:
          ValueError: the images have not the model's `image_shape`.
        """
        if images.ndim != 4 or images.shape[1:] != self.image_shape:
            raise ValueError(
                f"this model takes images [n, {', '.join(map(str, self.image_shape))}]"
                f", not {images.shape}; set image_shape=... for other images"
            )
        return self.encoder(images)

    def decode(self, latents: jax.Array) -> jax.Array:
        """Latents [n, zdim] to images [n, h, w, c] in [0, 1]."""
        return nn.sigmoid(self.decoder(latents))

    def reconstruct(self, images: jax.Array) -> jax.Array:
        """`decode(encode(images))`, in [0, 1]."""
        return nn.sigmoid(self(images))
