"""Gradient descent step by step, and Taylor's polynomials of what it descends."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

Function = Callable[[jax.Array], jax.Array]
Gradient = Callable[[Function], Function]


class Path(NamedTuple):
    """All points of a descent, the first one included.

    Attributes:
      x: [steps, n], the points.
      norm: [steps], of the gradient at each.
    """

    x: NDArray[np.float64]
    norm: NDArray[np.float64]


def taylor(
    f: Function, x: jax.Array, h: jax.Array, gradient: Gradient = jax.grad
) -> list[jax.Array]:
    """Taylor's polynomials of order 0, 1 and 2 of f at x, for a step h."""
    g, curved = jax.jvp(gradient(f), (x,), (h,))  # gradient, and Hessian times h
    return [f(x), f(x) + g @ h, f(x) + g @ h + h @ curved / 2]


def descend(
    f: Function, x: Any, rate: float, steps: int, gradient: Gradient = jax.grad
) -> Path:
    """Gradient descent of f from x [n], without any stopping condition."""

    def step(x: jax.Array, _: None) -> tuple[jax.Array, tuple]:
        g = gradient(f)(x)
        return x - rate * g, (x, jnp.linalg.norm(g))

    _, path = jax.jit(lambda x: jax.lax.scan(step, x, None, steps))(jnp.asarray(x))
    return Path(*map(np.asarray, path))
