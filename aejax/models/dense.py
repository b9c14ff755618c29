"""Hidden layers that the dense networks of latent codes share."""

from typing import ClassVar

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from aejax.models.common import HE, Activation


class DenseLayers(nn.Module):
    """Hidden layers of equal width; a condition enters the first one.

    The condition has a kernel of its own (W1 x + W2 c), so that zero-padding what
    it is added to stays possible.

    Attributes:
      width: units of each layer.
      depth: number of layers, 1 or more.
      activation: must map 0 to 0, or members of a sweep cannot be zero-padded.
      param_dtype: type of the stored parameters.
      dtype: type of the computation; None for that of the parameters.
    """

    sizes: ClassVar[tuple[str, ...]] = ("width",)

    width: int = 256
    depth: int = 3
    activation: Activation = nn.silu
    param_dtype: DTypeLike = jnp.float32
    dtype: DTypeLike | None = None

    @nn.compact
    def __call__(self, x: jax.Array, condition: jax.Array | None = None) -> jax.Array:
        """Rows [n, any length], and conditions [n, any length], to [n, width]."""
        types = {"param_dtype": self.param_dtype, "dtype": self.dtype}
        for i in range(self.depth):
            layer = nn.Dense(self.width, kernel_init=HE, name=f"hidden_{i}", **types)
            hidden = layer(x)
            if condition is not None and i == 0:
                own = nn.Dense(self.width, use_bias=False, name="condition", **types)
                hidden += own(condition)
            x = self.activation(hidden)
        return x
