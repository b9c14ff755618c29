"""Coins that fall heads if u < p: what of them can be differentiated."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, NDArray


class Coins(NamedTuple):
    """Means of f over coins, as functions of the probability p of heads.

    Attributes:
      slope: the largest derivative of a mean for fixed u, at p.
      score: the score-function gradient there, mean over all coins.
      error: its standard error.
      places: [n] probabilities.
      means: [n, draws], of f at each, for fixed u.
    """

    slope: float
    score: float
    error: float
    places: NDArray[np.float64]
    means: NDArray[np.float64]


def coins(
    heads: float, tails: float, p: float, places: ArrayLike, draws: int = 8
) -> Coins:
    """The mean of f over draws of 200 coins each, and both of its gradients at p.

    Args:
      heads: f of heads.
      tails: f of tails; the expectation has the derivative heads - tails.
      p: probability of heads, in (0, 1).
      places: [n], further probabilities at which the means are computed.
      draws: of u.
    """
    u = jnp.asarray(np.random.default_rng(0).uniform(size=(draws, 200)))

    def mean(p: jax.Array) -> jax.Array:
        return jnp.where(u < p, heads, tails).mean(1)

    at = jnp.asarray(p, u.dtype)
    weighted = jnp.where(u < at, heads / at, -tails / (1 - at))
    x = jnp.asarray(places, u.dtype)
    return Coins(
        float(jnp.abs(jax.jacobian(mean)(at)).max()),
        float(weighted.mean()),
        float(weighted.std() / weighted.size**0.5),
        np.asarray(x),
        np.asarray(jax.vmap(mean)(x)),
    )
