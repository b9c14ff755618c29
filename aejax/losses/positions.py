"""Losses of answers at every position: labels of pixels, values of a series."""

import jax
import jax.numpy as jnp
import optax


def labelled(logits: jax.Array, labels: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Cross-entropy in nats, and the fraction of wrong answers, both means.

    Args:
      logits: [..., classes].
      labels: int [...]; positions with labels below 0 do not count.
    """
    known = (labels >= 0).astype(logits.dtype)
    each = optax.softmax_cross_entropy_with_integer_labels(
        logits, jnp.maximum(labels, 0)
    )
    wrong = (logits.argmax(-1) != labels).astype(logits.dtype)
    return (each * known).sum() / known.sum(), (wrong * known).sum() / known.sum()


def continued(
    output: jax.Array, series: jax.Array, first: int = 0
) -> tuple[jax.Array, jax.Array]:
    """Mean squared error, and the same as a fraction of the variance of the series.

    Args:
      output: [n, t, 1].
      series: [n, t], what it should be.
      first: position from which on outputs count.
    """
    known = series[:, first:]
    square = jnp.square(output[:, first:, 0] - known).mean()
    return square, square / known.var()
