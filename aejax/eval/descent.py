"""Gradient descent step by step, and Taylor's polynomials of what it descends."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray

from aejax import algorithm

Function = Callable[[jax.Array], jax.Array]
Gradient = Callable[[Function], Function]


class Path(NamedTuple):
    """All points of a descent, the first one included.

    Attributes:
      x: [steps, ...], the points.
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


def taylor_errors(
    f: Function, x: Any, h: Any, sizes: Any, gradient: Gradient = jax.grad
) -> NDArray[np.float64]:
    """By how much Taylor's polynomials of order 0, 1 and 2 at x miss f at x + s h.

    Args:
      f: what is expanded.
      x: [n], where.
      h: [n], a direction.
      sizes: [k], of the steps s.
      gradient: `f -> its gradient`.

    Returns:
      [k, 3], without signs.
    """
    begin, along = jnp.asarray(x), jnp.asarray(h)

    def errors(s: jax.Array) -> jax.Array:
        polynomials = jnp.stack(taylor(f, begin, s * along, gradient))
        return jnp.abs(f(begin + s * along) - polynomials)

    return np.asarray(jax.lax.map(errors, jnp.asarray(sizes)))


def descend(
    f: Function,
    x: Any,
    optimizer: optax.GradientTransformation,
    steps: int,
    gradient: Gradient = jax.grad,
) -> Path:
    """The way of an optimizer on f from x, without any stopping condition.

    Args:
      f: what is descended.
      x: [n] or a number, where it begins.
      optimizer: such as `optax.sgd(rate)`, which is gradient descent.
      steps: points of the path.
      gradient: `f -> its gradient`.
    """

    def step(state: Any, _: None) -> tuple[Any, tuple]:
        g, x = gradient(f)(state["params"]), state["params"]
        norm = jnp.sqrt(jnp.square(g).sum())
        return algorithm.descend(state, g, optimizer), (x, norm)

    @jax.jit
    def walk(x: jax.Array) -> tuple[jax.Array, jax.Array]:
        begin = {"params": x, "opt_state": optimizer.init(x)}
        return jax.lax.scan(step, begin, None, steps)[1]

    return Path(*map(np.asarray, walk(jnp.asarray(x))))


def steps_until(path: NDArray, level: float) -> int:
    """The steps after which a rising path [steps] is at a level; all if it never is."""
    reached = np.asarray(path) >= level
    return int(reached.argmax()) if reached.any() else len(reached)
