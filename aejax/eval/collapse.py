"""Which coordinates of a VAE are used: as a linear VAE would, and by its decoder."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, NDArray


def linear_kl(variances: ArrayLike, deviation: float) -> NDArray[np.float64]:
    """The KL of each coordinate of the best linear VAE, in nats (Lucas et al. 2019).

    Half the logarithm of variance over squared deviation, 0 where that is below 1: the
    coordinate has collapsed.

    Args:
      variances: [d] of the principal directions of the data.
      deviation: of the Gaussian likelihood.
    """
    return np.log(np.maximum(np.asarray(variances) / deviation**2, 1)) / 2


def principal_variances(images: ArrayLike) -> NDArray[np.float64]:
    """Variances of the principal directions of images [n, ...], the smallest first."""
    rows = np.asarray(images).reshape(len(np.asarray(images)), -1)
    return np.linalg.eigvalsh(np.cov(rows, rowvar=False))


def needed(
    decode: Callable[[jax.Array], jax.Array],
    codes: jax.Array,
    noise: jax.Array,
    images: jax.Array,
) -> jax.Array:
    """By what the squared error of an image rises if a coordinate is noise: [d].

    A coordinate that the decoder does not look at has 0, whatever its KL.

    Args:
      decode: codes [n, d] to images.
      codes: [n, d] of the images.
      noise: [n, d], samples of the prior.
      images: [n, h, w, c].
    """

    def error(codes: jax.Array) -> jax.Array:
        return jnp.square(decode(codes) - images).sum((1, 2, 3)).mean()

    def without(j: jax.Array) -> jax.Array:
        return error(codes.at[:, j].set(noise[:, j]))

    return jax.lax.map(without, jnp.arange(codes.shape[1])) - error(codes)
