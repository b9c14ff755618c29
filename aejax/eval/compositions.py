"""Compositions of simple functions whose derivatives are known."""

from collections.abc import Callable
from functools import reduce
from typing import Literal

import jax
import jax.numpy as jnp

Form = Literal["arguments", "chain", "nested", "residual"]
"""f(x + y, 2x, z), f1(f2(... fn(x))), f1(x, f2(x, ... fn(x))), f(x + g(x + h(x)))."""

UNARY: tuple[tuple[Callable, Callable], ...] = (
    (jnp.sin, jnp.cos),
    (jnp.tanh, lambda u: 1 - jnp.tanh(u) ** 2),
    (lambda u: jnp.exp(-u * u), lambda u: -2 * u * jnp.exp(-u * u)),
    (jax.nn.softplus, jax.nn.sigmoid),
)
"""(f, its derivative): sin u, tanh u, exp(-u^2), log(1 + exp u)."""

BINARY: tuple[tuple[Callable, Callable, Callable], ...] = (
    (lambda x, u: x * u, lambda x, u: u, lambda x, u: x),
    (
        lambda x, u: jnp.sin(x + 2 * u),
        lambda x, u: jnp.cos(x + 2 * u),
        lambda x, u: 2 * jnp.cos(x + 2 * u),
    ),
    (
        lambda x, u: x * jnp.tanh(u),
        lambda x, u: jnp.tanh(u),
        lambda x, u: x * (1 - jnp.tanh(u) ** 2),
    ),
)
"""(f, its derivative by the first argument, by the second)."""


def three(a: jax.Array, b: jax.Array, c: jax.Array) -> jax.Array:
    """The f(a, b, c) = sin(a) b^2 + a c of the form "arguments"."""
    return jnp.sin(a) * b**2 + c * a


def composed(form: Form, n: int = 1) -> Callable:
    """The composition of n functions, taken in turn from `UNARY` or `BINARY`.

    Args:
      form: which; "arguments" is a function of x, y and z, all others of x.
      n: of "chain" and "nested"; the innermost of "nested" is the first of `UNARY`.
    """
    if form == "arguments":
        return lambda x, y, z: three(x + y, 2 * x, z)
    if form == "chain":
        order = [UNARY[i % len(UNARY)][0] for i in reversed(range(n))]
        return lambda x: reduce(lambda u, f: f(u), order, x)
    if form == "nested":
        levels = [BINARY[i % len(BINARY)][0] for i in reversed(range(n - 1))]
        return lambda x: reduce(lambda u, f: f(x, u), levels, UNARY[0][0](x))
    (f, _), (g, _), (h, _) = UNARY[:3]
    return lambda x: f(x + g(x + h(x)))
