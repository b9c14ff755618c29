"""Contrastive losses between two views of the same examples."""

import jax
import jax.numpy as jnp
from jax import lax

FLOOR = 1e-12
"""Below this squared length, and this chance, values count as this."""


def info_nce(views: jax.Array, others: jax.Array, temperature: float) -> jax.Array:
    """NT-Xent loss between two views, in nats (Chen et al., arXiv:2002.05709).

    Cross-entropy of the softmax over
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
    probabilities: jax.Array, others: jax.Array, temperature: float = 1.0
) -> jax.Array:
    """Cluster-level contrastive loss: columns against columns, and balance.

    The cluster-level loss of Li et al. (arXiv:2009.09687): `info_nce` of columns, a
    category being the vector of its probabilities in a batch, minus the entropies of
    the mean probabilities of both views, which keep all categories in use.

    Args:
      probabilities: [n, k], rows sum to 1.
      others: [n, k], row by row the other view of the same examples.
      temperature: of `info_nce`.

    Returns:
      Scalar in nats, from -2 log k up.
    """
    found = info_nce(probabilities.T, others.T, temperature)
    return found - _entropy(probabilities.mean(0)) - _entropy(others.mean(0))


def _unit(rows: jax.Array) -> jax.Array:
    return rows * lax.rsqrt(jnp.maximum(jnp.square(rows).sum(-1, keepdims=True), FLOOR))


def _entropy(probabilities: jax.Array) -> jax.Array:
    return -(probabilities * jnp.log(jnp.maximum(probabilities, FLOOR))).sum()
