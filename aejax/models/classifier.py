"""A convolutional classifier, and the features by which it classifies images."""

from typing import ClassVar

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from aejax.models.common import Activation, ImageShape, check_images
from aejax.models.encoders import ConvEncoder
from aejax.ops.conv import MethodName


class Classifier(nn.Module):
    """The encoder of an autoencoder with a layer of logits on top.

    Attributes:
      features: length of the feature vector.
      classes: number of classes.
      image_shape: (height, width, channels) of the images.
      width, depth, fc_layers, fc_width, activation, param_dtype, dtype, method: as in
        `ConvEncoder`.
    """

    sizes: ClassVar[tuple[str, ...]] = ("features", "width", "fc_width")

    features: int = 64
    classes: int = 10
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
        """Describes the two parts."""
        self.encoder = ConvEncoder(
            self.features,
            width=self.width,
            depth=self.depth,
            fc_layers=self.fc_layers,
            fc_width=self.fc_width,
            activation=self.activation,
            param_dtype=self.param_dtype,
            dtype=self.dtype,
            method=self.method,
        )
        self.head = nn.Dense(
            self.classes, param_dtype=self.param_dtype, dtype=self.dtype
        )

    def __call__(self, images: jax.Array) -> jax.Array:
        """Images [n, h, w, c], uint8 or in [0, 1], to logits [n, classes]."""
        return self.head(self.describe(images))

    def describe(self, images: jax.Array) -> jax.Array:
        """Images [n, h, w, c], uint8 or in [0, 1], to features [n, features].

        The features are what the logits are a linear function of: distances
        between them are distances as this classifier sees them.

        Raises:
          ValueError: the images have not the model's `image_shape`.
        """
        check_images(images, self.image_shape)
        return self.activation(self.encoder(images))
