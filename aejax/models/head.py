"""A small network on top of a latent code."""

from typing import ClassVar

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from aejax.models.common import Activation


class Head(nn.Module):
    """Latent codes to logits: one hidden layer.

    Attributes:
      classes: number of classes.
      width: units of the hidden layer.
      activation: of the hidden layer.
      param_dtype: type of the stored parameters.
      dtype: type of the computation; None for that of the parameters.
    """

    sizes: ClassVar[tuple[str, ...]] = ("width",)

    classes: int = 10
    width: int = 64
    activation: Activation = nn.relu
    param_dtype: DTypeLike = jnp.float32
    dtype: DTypeLike | None = None

    @nn.compact
    def __call__(self, codes: jax.Array) -> jax.Array:
        """Codes [n, zdim] to logits [n, classes]."""
        types = {"param_dtype": self.param_dtype, "dtype": self.dtype}
        hidden = nn.Dense(self.width, name="hidden", **types)
        logits = nn.Dense(self.classes, name="logits", **types)
        return logits(self.activation(hidden(codes)))
