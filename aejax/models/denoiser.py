"""A network that removes noise from codes, for diffusion models of them."""

import math
from typing import ClassVar

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from aejax.models.common import Activation

FREQUENCIES = 16
SLOWEST, FASTEST = 0.1, 7.5
"""Waves of log tan(angle), of the noise relative to data: radians per unit."""

LEAST_ANGLE = 1e-3
"""Nearer to data and to noise than this, angles count as this: log tan is finite."""

EMBEDDING = 64
"""Its length is no size: cosines do not vanish where a padded layer's input is 0."""


class Denoiser(nn.Module):
    """Residual blocks of dense layers that know the noise level, and a class.

    What it is told beside the codes scales and shifts each block's hidden layer (FiLM,
    Perez et al., arXiv:1709.07871), by linear functions without a constant, and nothing
    is normalized across channels: so zero-padding changes nothing (`aejax.padding`).
    The last layer begins at 0, which is the velocity of codes of N(0, I).

    Example:
      >>> model = Denoiser(zdim=16, classes=10)
      >>> params = model.init(jax.random.key(0), codes, angles, labels)
      >>> velocity = model.apply(params, codes, angles, labels)

    Attributes:
      zdim: length of the codes.
      width: units of the residual stream and of each block's hidden layer.
      depth: number of blocks.
      classes: number of classes that it may be told; 0 for none.
      activation: must map 0 to 0, or members of a sweep cannot be zero-padded.
      param_dtype: type of the stored parameters.
      dtype: type of the computation; None for that of the parameters.
    """

    sizes: ClassVar[tuple[str, ...]] = ("zdim", "width")

    zdim: int
    width: int = 256
    depth: int = 3
    classes: int = 0
    activation: Activation = nn.silu
    param_dtype: DTypeLike = jnp.float32
    dtype: DTypeLike | None = None

    @nn.compact
    def __call__(
        self, codes: jax.Array, angle: jax.Array, labels: jax.Array | None = None
    ) -> jax.Array:
        """Noisy codes [n, zdim] to their velocity [n, zdim].

        Args:
          codes: of about unit variance in each coordinate.
          angle: [n], their noise levels as in `losses.diffusion`, from 0 to pi / 2.
          labels: int [n], used where `classes` is set; `classes` itself stands for no
            class, as do labels that are not given.
        """
        types = {"param_dtype": self.param_dtype, "dtype": self.dtype}
        told = self.activation(self._embedded(angle, labels))
        small = nn.initializers.variance_scaling(0.1, "fan_in", "truncated_normal")
        x = nn.Dense(self.width, name="codes", **types)(codes)
        for i in range(self.depth):
            hidden = nn.Dense(self.width, name=f"hidden_{i}", **types)
            scale, shift = (
                nn.Dense(self.width, use_bias=False, name=f"{name}_{i}", **types)
                for name in ("scale", "shift")
            )
            block = nn.Dense(self.width, kernel_init=small, name=f"block_{i}", **types)
            inner = hidden(self.activation(x)) * (1 + scale(told)) + shift(told)
            x += block(self.activation(inner))
        zero = nn.initializers.zeros
        last = nn.Dense(self.zdim, kernel_init=zero, name="denoised", **types)
        return last(self.activation(x))

    def _embedded(self, angle: jax.Array, labels: jax.Array | None) -> jax.Array:
        """What the blocks are told: [n, EMBEDDING]."""
        types = {"param_dtype": self.param_dtype, "dtype": self.dtype}
        inner = jnp.clip(angle, LEAST_ANGLE, math.pi / 2 - LEAST_ANGLE)
        steps = jnp.linspace(math.log(SLOWEST), math.log(FASTEST), FREQUENCIES)
        waves = jnp.outer(jnp.log(jnp.tan(inner)), jnp.exp(steps).astype(angle.dtype))
        waves = jnp.concatenate([jnp.cos(waves), jnp.sin(waves)], -1)
        embedded = nn.Dense(EMBEDDING, name="angle", **types)(waves)
        if not self.classes:
            return embedded
        labels = jnp.full(len(angle), self.classes) if labels is None else labels
        unit = nn.initializers.normal(1.0)
        table = nn.Embed(
            self.classes + 1, EMBEDDING, embedding_init=unit, name="class", **types
        )
        return embedded + table(labels)
