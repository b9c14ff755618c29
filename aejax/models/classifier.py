"""A small convolutional classifier: a judge of images, not a subject of study."""

from typing import ClassVar

import flax.linen as nn
import jax
import jax.numpy as jnp

from aejax.models.autoencoder import Activation, Encoder


class Classifier(nn.Module):
    """Images to class logits, by way of features.

    Attributes:
      classes: number of classes.
      features: length of the feature vector, after the activation.
      width, depth, activation, param_dtype: as in `Encoder`.
    """

    sizes: ClassVar[tuple[str, ...]] = ("features", "width")

    classes: int = 10
    features: int = 128
    width: int = 32
    depth: int = 3
    activation: Activation = nn.relu
    param_dtype: jnp.dtype = jnp.float32

    def setup(self) -> None:
        """Describes the two parts."""
        self.encoder = Encoder(
            self.features,
            self.width,
            self.depth,
            activation=self.activation,
            param_dtype=self.param_dtype,
        )
        self.head = nn.Dense(self.classes, param_dtype=self.param_dtype)

    def __call__(self, images: jax.Array) -> jax.Array:
        """Images [n, h, w, c], uint8 or in [0, 1], to logits [n, classes]."""
        return self.head(self.describe(images))

    def describe(self, images: jax.Array) -> jax.Array:
        """Images [n, h, w, c] to the features [n, features] behind the logits."""
        return self.activation(self.encoder(images))
