"""Codes made alike in all directions, and back."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.typing import ArrayLike
from numpy.typing import NDArray


class Whitening(NamedTuple):
    """An affine map and its inverse; those of several encoders can be stacked.

    Attributes:
      mean: [d] of the codes.
      matrix: [d, d], by which centred codes are multiplied from the right.
      inverse: [d, d].
    """

    mean: NDArray[np.float32]
    matrix: NDArray[np.float32]
    inverse: NDArray[np.float32]


def whitening(codes: NDArray) -> Whitening:
    """The map after which codes have mean 0, variance 1 and no correlation.

    Of all such maps the one that moves codes least (ZCA; Kessy, Lewin & Strimmer,
    arXiv:1512.00809). A direction in which codes do not vary becomes 0, and the
    inverse puts the mean there.

    Args:
      codes: [n, d], n above d.
    """
    exact = np.asarray(codes, np.float64)
    variances, axes = np.linalg.eigh(np.atleast_2d(np.cov(exact, rowvar=False)))
    varies = variances > variances[-1] * len(variances) * np.finfo(np.float32).eps
    deviations = np.sqrt(np.where(varies, variances, 0))
    scales = np.where(varies, 1 / np.where(varies, deviations, 1), 0)
    parts = exact.mean(0), axes * scales @ axes.T, axes * deviations @ axes.T
    return Whitening(*(part.astype(np.float32) for part in parts))


def whiten(found: Whitening, codes: ArrayLike) -> jax.Array:
    """Codes [n, d] to codes [n, d] of mean 0 and covariance 1."""
    return _product(jnp.asarray(codes) - found.mean[None], found.matrix)


def unwhiten(found: Whitening, codes: ArrayLike) -> jax.Array:
    """Undoes `whiten`."""
    return _product(jnp.asarray(codes), found.inverse) + found.mean[None]


def _product(codes: jax.Array, matrix: ArrayLike) -> jax.Array:
    return jnp.matmul(codes, jnp.asarray(matrix), precision=lax.Precision.HIGHEST)
