"""Agreement of two views of the same examples, told apart from all others."""

import jax
import jax.numpy as jnp
from jax import lax

FLOOR = 1e-12
"""Below this squared length, and this chance, values count as this."""


def info_nce(views: jax.Array, others: jax.Array, temperature: float) -> jax.Array:
    """How badly each row finds its partner among all other rows of both, in nats.

    NT-Xent of Chen et al. (arXiv:2002.05709): cross-entropy of the softmax over
    cosines divided by the temperature, a row itself left out, mean over the 2 n rows.

    Args:
      views: [n, d] codes; their lengths do not matter.
      others: [n, d], row by row the partners.
      temperature: above 0; the smaller, the more the nearest rows count.

    Returns:
      Scalar; log(2 n - 1) where all rows are alike.
    """
    rows = _unit(jnp.concatenate([views, others]))
    n = len(views)
    cosines = jnp.matmul(rows, rows.T, precision=lax.Precision.HIGHEST) / temperature
    itself = jnp.eye(2 * n, dtype=bool)
    everyone = jax.nn.logsumexp(jnp.where(itself, -jnp.inf, cosines), axis=-1)
    partner = jnp.roll(jnp.arange(2 * n), n)
    return (everyone - cosines[jnp.arange(2 * n), partner]).mean()


def cluster_contrast(
    chances: jax.Array, others: jax.Array, temperature: float = 1.0
) -> jax.Array:
    """How badly categories find themselves in the other view, and how unevenly.

    The cluster-level loss of Li et al. (arXiv:2009.09687): `info_nce` of columns, a
    category being the vector of its chances in a batch, less the entropies of the
    mean chances of both views, which keep categories from running empty.

    Args:
      chances: [n, k], rows sum to 1.
      others: [n, k], row by row the other view of the same examples.
      temperature: of `info_nce`.

    Returns:
      Scalar in nats, from -2 log k up.
    """
    found = info_nce(chances.T, others.T, temperature)
    return found - _entropy(chances.mean(0)) - _entropy(others.mean(0))


def _unit(rows: jax.Array) -> jax.Array:
    return rows * lax.rsqrt(jnp.maximum(jnp.square(rows).sum(-1, keepdims=True), FLOOR))


def _entropy(chances: jax.Array) -> jax.Array:
    return -(chances * jnp.log(jnp.maximum(chances, FLOOR))).sum()
