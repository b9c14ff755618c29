"""Functions of batches, applied to more examples than fit into memory at once."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax


def batched(function: Callable[[Any], Any], examples: Any, size: int = 256) -> Any:
    """Applies a function of batches to all examples, about `size` at a time.

    Small in memory, and exact for any number of examples: the last batch is
    filled up with copies of the first examples, whose results are dropped. For
    evaluation; a gradient step takes its batch whole.

    Args:
      function: takes a tree of arrays [m, ...] and returns a tree of arrays
        [m, ...]; what it gives for an example must not depend on the others.
      examples: a tree of arrays [n, ...].
      size: the most examples at a time.
    """
    n = len(jax.tree.leaves(examples)[0])
    if n == 0:
        like = jax.tree.map(lambda a: jnp.zeros((1, *a.shape[1:]), a.dtype), examples)
        return jax.tree.map(lambda a: a[:0], function(like))
    blocks = -(-n // size)
    rows = jnp.arange(blocks * -(-n // blocks)) % n
    results = lax.map(
        lambda block: function(jax.tree.map(lambda a: a[block], examples)),
        rows.reshape(blocks, -1),
    )
    return jax.tree.map(lambda a: a.reshape(-1, *a.shape[2:])[:n], results)
