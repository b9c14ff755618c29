"""Posteriors: what an encoder's features say about the latents of an image.

They describe distributions and draw nothing: `aejax.sampling` draws from them with
an explicit key. Parameters are layers of their own, so a posterior of smaller zdim
is the same tree with smaller leaves (`aejax.padding`); its padded coordinates have
mean 0 and log variance 0, and their noise has to be masked.
"""

from typing import ClassVar, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from aejax.models.common import Activation

# Beyond this, exp(log variance) would leave the range of float32's square.
LOG_VARIANCE_LIMIT = 30.0


class Posterior(NamedTuple):
    """The distribution of the latents of each image.

    Attributes:
      mean: [n, zdim] of the Gaussian part.
      log_variance: [n, zdim], within ±30.
      logits: [n, categories] of the categorical part; None without one.
      projection: [n, projection], no part of the latents; None without one.
    """

    mean: jax.Array
    log_variance: jax.Array
    logits: jax.Array | None = None
    projection: jax.Array | None = None


class Gaussian(nn.Module):
    """A Gaussian with independent coordinates (Kingma & Welling, arXiv:1312.6114).

    Attributes:
      zdim: length of the latent vector.
      projection: length of a further code, which `losses.contrastive` compares; the
        decoder does not see it. 0 for none.
      activation: of the features; must map 0 to 0, or members of a sweep cannot be
        zero-padded.
      param_dtype: type of the stored parameters.
      dtype: type of the computation; None for that of the parameters.
    """

    sizes: ClassVar[tuple[str, ...]] = ("zdim",)

    zdim: int
    projection: int = 0
    activation: Activation = nn.relu
    param_dtype: DTypeLike = jnp.float32
    dtype: DTypeLike | None = None

    @nn.compact
    def __call__(self, features: jax.Array) -> Posterior:
        """Features [n, any length], before their activation, to the posterior."""
        x = self.activation(features)
        limit = LOG_VARIANCE_LIMIT
        log_variance = jnp.clip(
            self._layer(self.zdim, "log_variance")(x), -limit, limit
        )
        projection = None
        if self.projection:
            projection = self._layer(self.projection, "project")(x)
        mean = self._layer(self.zdim, "mean")(x)
        return Posterior(mean, log_variance, self._category(x), projection)

    def _layer(self, features: int, name: str) -> nn.Dense:
        return nn.Dense(
            features, param_dtype=self.param_dtype, dtype=self.dtype, name=name
        )

    def _category(self, x: jax.Array) -> jax.Array | None:
        del x
        return None


class GaussianCategorical(Gaussian):
    """A Gaussian and a category, independent (JointVAE, Dupont, arXiv:1804.00104).

    Attributes:
      categories: number of categories.
      zdim, projection, activation, param_dtype, dtype: as in `Gaussian`.
    """

    categories: int = 10

    def _category(self, x: jax.Array) -> jax.Array:
        return self._layer(self.categories, "category_logits")(x)
