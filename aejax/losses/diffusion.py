"""The denoising loss of diffusion models, for data of unit variance.

Karras et al., "Elucidating the design space of diffusion-based generative models"
(arXiv:2206.00364), with sigma_data = 1: codes are to be standardized.

Noise of standard deviation s is added to data x. A network F makes the denoiser

    D(y, s) = y / (1 + s^2) + s / sqrt(1 + s^2) F(y / sqrt(1 + s^2), log(s) / 4)

whose first term alone is the best denoiser of N(0, 1). The loss of a level is

    (1 + s^2) / s^2  E |D(x + s n, s) - x|^2,  n ~ N(0, I)

a mean over coordinates. For data of N(m, S) the minimum is
mean_i l_i (1 + s^2) / (l_i + s^2) with the eigenvalues l_i of S, by
D(y, s) = m + S (S + s^2 I)^-1 (y - m): the loss of white data is 1 at every level, and
what lies below 1 is what a model knows beyond their covariance. The score of the noisy
data is (D(y, s) - y) / s^2.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

Network = Callable[[jax.Array, jax.Array], jax.Array]
"""`(inputs [n, d], level [n]) -> [n, d]`: F above, such as a `models.Denoiser`."""

Denoise = Callable[[jax.Array, jax.Array], jax.Array]
"""`(noisy codes [n, d], sigma [n]) -> codes [n, d]`: D above."""

MEAN, DEVIATION = -0.5, 1.2
"""Of log(sigma) in training: the paper's -1.2 and 1.2, for twice the deviation."""


def precondition(network: Network) -> Denoise:
    """The denoiser D that a network F makes."""

    def denoise(noisy: jax.Array, sigma: jax.Array) -> jax.Array:
        level = jnp.log(sigma) / 4
        square = jnp.square(sigma)[:, None]
        scale = jnp.sqrt(1 + square)
        found = network(noisy / scale, level).astype(noisy.dtype)
        return noisy / (1 + square) + sigma[:, None] / scale * found

    return denoise


def noise_levels(
    key: jax.Array,
    count: int,
    mean: float = MEAN,
    deviation: float = DEVIATION,
    dtype: jax.typing.DTypeLike = jnp.float32,
) -> jax.Array:
    """Standard deviations of the noise of a batch: [count], increasing.

    Their logarithms are quantiles of a normal distribution, evenly spaced from a random
    place on: each is distributed as if drawn alone, and their mean varies less
    (Kingma et al., arXiv:2107.00630).

    Args:
      key: of the place.
      count: examples of the batch.
      mean: of log(sigma).
      deviation: of log(sigma).
      dtype: of the result.
    """
    begin = jax.random.uniform(key, (), dtype)
    places = (jnp.arange(count, dtype=dtype) + begin) / count
    # Beyond these single precision has no quantiles.
    quantiles = jax.scipy.special.ndtri(jnp.clip(places, 1e-6, 1 - 1e-6))
    return jnp.exp(mean + deviation * quantiles)


def weight(sigma: jax.Array) -> jax.Array:
    """(1 + s^2) / s^2: with it white data have a loss of 1 at every level."""
    return 1 + 1 / jnp.square(sigma)


def denoising_error(
    denoise: Denoise, codes: jax.Array, noise: jax.Array, sigma: jax.Array
) -> jax.Array:
    """Weighted squared error, summed over coordinates: [n].

    Args:
      denoise: of this batch.
      codes: [n, d], of about unit variance.
      noise: [n, d], standard normal; 0 in the coordinates that are padding.
      sigma: [n], standard deviations of the noise.
    """
    found = denoise(codes + sigma[:, None] * noise, sigma)
    return weight(sigma) * jnp.square(found - codes).sum(-1)
