"""What a loss of grey levels asks for."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike
from scipy import special

Loss = Callable[[Any, Any], jax.Array]
"""Logits and images [n, h, w, c] to [n]."""


def of_pixel(loss: Loss) -> Callable[..., jax.Array]:
    """`(logit, grey level) -> loss` of a single pixel."""

    def one(logit: jax.Array, x: Any) -> jax.Array:
        shape = (1, 1, 1, 1)
        return loss(jnp.reshape(logit, shape), jnp.full(shape, x, logit.dtype))[0]

    return one


def best_constant(loss: Loss, levels: ArrayLike, steps: int = 9981) -> float:
    """The grey level whose loss is least, the sum over pixels of several levels.

    Args:
      loss: under test.
      levels: [pixels] in [0, 1].
      steps: levels from 0.001 to 0.999 that are tried.
    """
    wanted = jnp.reshape(jnp.asarray(levels), (1, -1, 1, 1))
    grid = np.linspace(1e-3, 1 - 1e-3, steps)
    tried = jnp.asarray(special.logit(grid)).reshape(-1, 1, 1, 1)
    shape = (steps, wanted.size, 1, 1)
    found = loss(jnp.broadcast_to(tried, shape), jnp.broadcast_to(wanted, shape))
    return float(grid[np.argmin(found)])
