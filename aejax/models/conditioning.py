"""Conditioning on a class: labels as a condition, and its way into an encoder."""

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from aejax.models.common import Activation


class OneHot(nn.Module):
    """Labels as one-hot vectors; no parameters.

    Attributes:
      classes: number of classes.
    """

    classes: int

    def __call__(self, labels: jax.Array | None, like: jax.Array) -> jax.Array:
        """Labels, int [n], to [n, classes] of the type of `like`.

        Without labels all are class 0, one for each row of `like`.
        """
        labels = jnp.zeros(len(like), jnp.int32) if labels is None else labels
        return nn.one_hot(labels, self.classes, dtype=like.dtype)


class AddCondition(nn.Module):
    """Adds a linear function of a condition to an encoder's features.

    Attributes:
      activation: of the features.
      param_dtype: type of the stored parameters.
      dtype: type of the computation; None for that of the parameters.
    """

    activation: Activation = nn.relu
    param_dtype: DTypeLike = jnp.float32
    dtype: DTypeLike | None = None

    @nn.compact
    def __call__(self, features: jax.Array, condition: jax.Array) -> jax.Array:
        """Features [n, f], before their activation, to such that know the condition."""
        layer = nn.Dense(
            features.shape[-1],
            use_bias=False,
            param_dtype=self.param_dtype,
            dtype=self.dtype,
            name="condition",
        )
        return self.activation(features) + layer(condition)
