"""How far two sets of images are apart, as distributions of features."""

import jax
import jax.numpy as jnp
import numpy as np
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


def traced_frechet_distance(first: jax.Array, second: jax.Array) -> jax.Array:
    """`frechet_distance` within a compiled program, in the precision of the features.

    Args:
      first: [n, f] features, such as codes; n of two or more.
      second: [m, f].
    """
    mean = jnp.square(first.mean(0) - second.mean(0)).sum()
    one, other = (jnp.cov(x, rowvar=False) for x in (first, second))
    values, vectors = jnp.linalg.eigh(one)
    root = (vectors * jnp.sqrt(jnp.clip(values, 0))[None]) @ vectors.T
    shared = jnp.linalg.eigvalsh(root @ other @ root)
    traces = jnp.trace(one) + jnp.trace(other)
    return mean + traces - 2 * jnp.sqrt(jnp.clip(shared, 0)).sum()


def _root(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    values, vectors = np.linalg.eigh(np.atleast_2d(matrix))
    return (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
