"""How far two sets of images are apart, as distributions of features."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from numpy.typing import NDArray


def frechet_distance(first: NDArray, second: NDArray) -> float:
    """Squared Fréchet distance between Gaussians fitted to two sets of features.

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) (Heusel et al., arXiv:1706.08500,
    there with Inception's features). The trace of the root comes from the
    eigenvalues of C1^(1/2) C2 C1^(1/2), so singular covariances do no harm.

    Args:
      first: [n, f] features.
      second: [m, f] features.

    Returns:
      In squared units of the features; 0 for equal moments. Its bias grows as n
      and m fall: compare only figures from as many images.

    Raises:
      ValueError: fewer than two images, or features of different lengths.
    """
    if min(len(first), len(second)) < 2 or first.shape[1] != second.shape[1]:
        raise ValueError(f"features of shapes {first.shape} and {second.shape}")
    a, b = (np.asarray(x, np.float64) for x in (first, second))
    mean = np.square(a.mean(0) - b.mean(0)).sum()
    root = _root(np.cov(a, rowvar=False))
    other = np.cov(b, rowvar=False)
    shared = np.linalg.eigvalsh(root @ other @ root)
    trace = np.trace(root @ root) + np.trace(other)
    return float(mean + trace - 2 * np.sqrt(np.clip(shared, 0, None)).sum())


def _root(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    values, vectors = np.linalg.eigh(np.atleast_2d(matrix))
    return (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T


def traced_frechet_distance(first: jax.Array, second: jax.Array) -> jax.Array:
    """`frechet_distance` inside a compiled program, in the type of the features.

    Args:
      first: [n, f] features, n of 2 or more.
      second: [m, f] features.

    Returns:
      Scalar. In float32 precise to about 1e-5 of the features' total variance.
    """
    (mean, own), (other_mean, other) = map(_moments, (first, second))
    values, vectors = jnp.linalg.eigh(own)
    # Of rank-deficient covariances some eigenvalues are rounded to below 0.
    roots = jnp.sqrt(jnp.maximum(values, 0))
    turned = _product(_product(vectors.T, other), vectors)
    shared = jnp.linalg.eigvalsh(jnp.outer(roots, roots) * turned)
    trace = jnp.trace(own) + jnp.trace(other)
    root = jnp.sqrt(jnp.maximum(shared, 0)).sum()
    return jnp.square(mean - other_mean).sum() + trace - 2 * root


def _moments(features: jax.Array) -> tuple[jax.Array, jax.Array]:
    mean = features.mean(0)
    centred = features - mean[None]
    return mean, _product(centred.T, centred) / (len(features) - 1)


def _product(first: jax.Array, second: jax.Array) -> jax.Array:
    return jnp.matmul(first, second, precision=lax.Precision.HIGHEST)
