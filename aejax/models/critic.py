"""A critic of latent codes: how real each looks, for its class where there is one."""

from typing import ClassVar

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from aejax.models.common import Activation
from aejax.models.conditioning import OneHot
from aejax.models.dense import DenseLayers


class Critic(nn.Module):
    """Latent codes to scores, dense.

    Conditioned on a class y it is a projection discriminator (Miyato & Koyama,
    arXiv:1802.05637): with features f(x) of the last hidden layer the score is

        w . f(x) + b + v_y . f(x)

    Attributes:
      width: units of each hidden layer.
      depth: number of hidden layers.
      classes: conditioned on one of so many classes; 0 for none.
      activation: must map 0 to 0, or members of a sweep cannot be zero-padded; smooth
        where gradients of scores are penalised.
      param_dtype: type of the stored parameters.
      dtype: type of the computation; None for that of the parameters.
    """

    sizes: ClassVar[tuple[str, ...]] = ("width",)

    width: int = 256
    depth: int = 3
    classes: int = 0
    activation: Activation = nn.silu
    param_dtype: DTypeLike = jnp.float32
    dtype: DTypeLike | None = None

    @nn.compact
    def __call__(self, codes: jax.Array, labels: jax.Array | None = None) -> jax.Array:
        """Codes [n, zdim] to scores [n]; the higher, the more real.

        Args:
          codes: [n, zdim].
          labels: int [n], used where `classes` is set (class 0 if not given).
        """
        types = {"param_dtype": self.param_dtype, "dtype": self.dtype}
        layers = DenseLayers(
            self.width, self.depth, self.activation, name="layers", **types
        )
        features = layers(codes)
        score = nn.Dense(1, name="score", **types)(features)[:, 0]
        if not self.classes:
            return score
        direction = nn.Dense(self.width, use_bias=False, name="of_class", **types)
        projected = direction(OneHot(self.classes)(labels, codes)) * features
        return score + projected.sum(-1)
