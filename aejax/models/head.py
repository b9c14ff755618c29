"""A small network on top of a latent code."""

import flax.linen as nn
import jax
import jax.numpy as jnp

from aejax.models.autoencoder import Activation


class Head(nn.Module):
    """Latent codes to logits: one hidden layer.

    Attributes:
      classes: number of classes.
      width: units of the hidden layer.
      activation: of the hidden layer.
      param_dtype: type of parameters and of all computation.
    """

    classes: int = 10
    width: int = 64
    activation: Activation = nn.relu
    param_dtype: jnp.dtype = jnp.float32

    @nn.compact
    def __call__(self, codes: jax.Array) -> jax.Array:
        """Codes [n, zdim] to logits [n, classes]."""
        hidden = nn.Dense(self.width, param_dtype=self.param_dtype, name="hidden")
        logits = nn.Dense(self.classes, param_dtype=self.param_dtype, name="logits")
        return logits(self.activation(hidden(codes)))
