"""A generator of latent codes: noise, and a class where there is one, to codes."""

from typing import ClassVar

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from aejax.models.common import Activation
from aejax.models.conditioning import OneHot
from aejax.models.dense import DenseLayers


class Generator(nn.Module):
    """Noise to latent codes, dense (Goodfellow et al., arXiv:1406.2661).

    Example:
      >>> model = Generator(noise_dim=16, zdim=10)
      >>> noise = sampling.noise(key, jnp.zeros((n, model.noise_dim)))
      >>> codes = model.apply(params, noise)

    Attributes:
      noise_dim: length of the noise.
      zdim: length of the codes.
      width: units of each hidden layer.
      depth: number of hidden layers.
      classes: conditioned on one of so many classes; 0 for none.
      activation: must map 0 to 0, or members of a sweep cannot be zero-padded.
      param_dtype: type of the stored parameters.
      dtype: type of the computation; None for that of the parameters.
    """

    sizes: ClassVar[tuple[str, ...]] = ("noise_dim", "zdim", "width")

    noise_dim: int
    zdim: int
    width: int = 256
    depth: int = 3
    classes: int = 0
    activation: Activation = nn.silu
    param_dtype: DTypeLike = jnp.float32
    dtype: DTypeLike | None = None

    @nn.compact
    def __call__(self, noise: jax.Array, labels: jax.Array | None = None) -> jax.Array:
        """Noise to codes [n, zdim]; the last layer is linear.

        Args:
          noise: [n, noise_dim], standard normal; shorter noise is that of a smaller
            member of a sweep, and is filled up with zeros.
          labels: int [n], used where `classes` is set (class 0 if not given).

        Raises:
          ValueError: the noise is longer than `noise_dim`.
        """
        if noise.ndim != 2 or noise.shape[1] > self.noise_dim:
            raise ValueError(f"noise {noise.shape}, not [n, {self.noise_dim}]")
        missing = self.noise_dim - noise.shape[1]
        types = {"param_dtype": self.param_dtype, "dtype": self.dtype}
        condition = OneHot(self.classes)(labels, noise) if self.classes else None
        layers = DenseLayers(
            self.width, self.depth, self.activation, name="layers", **types
        )
        hidden = layers(jnp.pad(noise, ((0, 0), (0, missing))), condition)
        return nn.Dense(self.zdim, name="codes", **types)(hidden)
