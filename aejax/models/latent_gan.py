"""A generator and its critic as one model."""

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike


class LatentGAN(nn.Module):
    """A generative adversarial network of latent codes, of any two parts that fit.

    Its sizes have dotted names, such as "generator.noise_dim" and "critic.width".

    Example:
      >>> model = LatentGAN(Generator(noise_dim=16, zdim=10), Critic())
      >>> params = model.init(jax.random.key(0), jnp.zeros((1, model.noise_dim)))
      >>> codes = model.apply(params, noise, method="generate")

    Attributes:
      generator: noise [n, noise_dim] and labels, or None, to codes [n, zdim]; has
        `noise_dim`, `zdim` and `classes`.
      critic: such codes and labels, or None, to scores [n].
    """

    generator: nn.Module
    critic: nn.Module

    @property
    def noise_dim(self) -> int:
        """Length of the noise."""
        return self.generator.noise_dim

    @property
    def zdim(self) -> int:
        """Length of the codes."""
        return self.generator.zdim

    @property
    def classes(self) -> int:
        """Number of classes that the generator is conditioned on; 0 for none."""
        return self.generator.classes

    @property
    def param_dtype(self) -> DTypeLike:
        """Type of the generator's parameters."""
        return getattr(self.generator, "param_dtype", jnp.float32)

    def __call__(
        self, noise: jax.Array, labels: jax.Array | None = None
    ) -> tuple[jax.Array, jax.Array]:
        """Generated codes [n, zdim] of noise [n, noise_dim], and their scores [n]."""
        codes = self.generate(noise, labels)
        return codes, self.score(codes, labels)

    def generate(self, noise: jax.Array, labels: jax.Array | None = None) -> jax.Array:
        """Noise [n, noise_dim], and labels [n], to codes [n, zdim]."""
        return self.generator(noise, labels)

    def score(self, codes: jax.Array, labels: jax.Array | None = None) -> jax.Array:
        """Codes [n, zdim], and labels [n], to scores [n]."""
        return self.critic(codes, labels)
