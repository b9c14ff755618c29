"""How far two sets of images are apart, by a kernel: no Gaussian is fitted."""

import jax
import numpy as np
from jax.typing import ArrayLike

from aejax.eval.batching import batched
from aejax.eval.distances import BLOCK, pair, products


def kernel_distance(first: ArrayLike, second: ArrayLike) -> float:
    """Kernel distance (KID): unbiased MMD^2 with the kernel (xy / f + 1)^3.

    Bińkowski et al., arXiv:1801.01401, there with Inception's features and as the mean
    over subsets of 1,000; here all pairs of features are one estimate.

    Args:
      first: [n, f] features.
      second: [m, f] features.

    Returns:
      0 on average for equal distributions, whatever n and m, so figures from different
      numbers of images may be compared; below 0 by chance. Computed in float32: exact
      to about 1e-6 of the mean of the kernel.

    Raises:
      ValueError: fewer than two images, or features of different lengths.
    """
    a, b = pair(first, second, least=2)
    across = np.asarray(_row_means(a, b), np.float64).mean()
    return float(_within(a) + _within(b) - 2 * across)


def _within(points: jax.Array) -> float:
    """Mean of the kernel over the pairs of different points."""
    n = len(points)
    means = np.asarray(_row_means(points, points), np.float64)
    lengths = np.square(np.asarray(points, np.float64)).mean(1)
    return float((n * means.sum() - ((lengths + 1) ** 3).sum()) / (n * (n - 1)))


@jax.jit
def _row_means(points: jax.Array, others: jax.Array) -> jax.Array:
    """Mean of the kernel over the others, of each point: [n]."""

    def block(rows: jax.Array) -> jax.Array:
        return ((products(rows, others) / others.shape[1] + 1) ** 3).mean(1)

    return batched(block, points, BLOCK)
