"""How far a map is from an affine one, and how fast an error falls with a size."""

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike


def relative_error(found: jax.Array, exact: jax.Array) -> jax.Array:
    """Largest absolute difference, as a fraction of the largest absolute value."""
    return jnp.abs(found - exact).max() / jnp.abs(exact).max()


def affine_residual(x: jax.Array, y: jax.Array) -> jax.Array:
    """The fraction of the variance of y that the best affine map of x leaves.

    Least squares, in the precision of x; 0 for what is affine, at most 1.

    Args:
      x: inputs [n, in].
      y: outputs [n, out], not constant.
    """
    inputs = jnp.concatenate([x, jnp.ones_like(x[:, :1])], 1)
    rest = y - inputs @ jnp.linalg.lstsq(inputs, y)[0]
    return jnp.square(rest).sum() / jnp.square(y - y.mean(0, keepdims=True)).sum()


def order(sizes: ArrayLike, errors: ArrayLike) -> float:
    """The power p of error ~ size^p: least-squares slope of both logarithms.

    Args:
      sizes: [n] above 0, such as steps h.
      errors: [n] above 0; where rounding takes over they belong left out.

    Raises:
      ValueError: fewer than two, or one is not above 0.
    """
    h, e = np.asarray(sizes, np.float64), np.asarray(errors, np.float64)
    if h.shape != e.shape or h.ndim != 1 or len(h) < 2:
        raise ValueError(f"sizes [n] and errors [n], not {h.shape} and {e.shape}")
    if not (h > 0).all() or not (e > 0).all():
        raise ValueError("an order of convergence needs sizes and errors above 0")
    return float(np.polyfit(np.log(h), np.log(e), 1)[0])
