"""Stationary points whose kind is known, simple ones and those of an autoencoder."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from aejax.eval.stationary import Kind

VARIANCES = (2.0, 1.0)
"""Of the data of `unit_loss`, along their two directions."""


class Point(NamedTuple):
    """A stationary point.

    Attributes:
      name: of the function.
      f: [n] to a number.
      x: [n], the point.
      kind: what the eigenvalues of the Hessian tell.
      truth: what it is; a minimum or maximum need not be strict.
    """

    name: str
    f: Callable[[jax.Array], jax.Array]
    x: tuple[float, ...]
    kind: Kind
    truth: Kind


def unit_loss(w: jax.Array, variances: Any = VARIANCES) -> jax.Array:
    """E |x - w w'x|^2: the loss of an autoencoder with one linear unit.

    Args:
      w: [n], of encoder and decoder.
      variances: [n], of the data's independent coordinates, whose mean is 0.
    """
    v = jnp.asarray(variances, w.dtype)
    return v.sum() + (v * w**2).sum() * (w @ w - 2)


def equal_loss(w: jax.Array) -> jax.Array:
    """The same where all variances are 1: least, n - 1, on the unit circle."""
    return unit_loss(w, jnp.ones_like(w))


def _alike(name: str, f: Callable, x: tuple[float, ...], kind: Kind) -> Point:
    """A point of which the eigenvalues tell the truth."""
    return Point(name, f, x, kind, kind)


ZERO = (0.0, 0.0)
POINTS = (
    _alike("x² + 2y²", lambda p: p[0] ** 2 + 2 * p[1] ** 2, ZERO, "minimum"),
    _alike("−x² − 2y²", lambda p: -(p[0] ** 2) - 2 * p[1] ** 2, ZERO, "maximum"),
    _alike("x² − y²", lambda p: p[0] ** 2 - p[1] ** 2, ZERO, "saddle"),
    _alike(
        "x² − y² + z³",
        lambda p: p[0] ** 2 - p[1] ** 2 + p[2] ** 3, (*ZERO, 0.0), "saddle",
    ),
    Point("x² + y⁴", lambda p: p[0] ** 2 + p[1] ** 4, ZERO, "degenerate", "minimum"),
    Point("x² − y⁴", lambda p: p[0] ** 2 - p[1] ** 4, ZERO, "degenerate", "saddle"),
    Point(
        "x³ − 3xy²",
        lambda p: p[0] * (p @ p - 4 * p[1] ** 2), ZERO, "degenerate", "saddle",
    ),
    _alike("autoencoder, w = first direction", unit_loss, (1.0, 0.0), "minimum"),
    _alike("autoencoder, w = −first direction", unit_loss, (-1.0, 0.0), "minimum"),
    _alike("autoencoder, w = second direction", unit_loss, (0.0, 1.0), "saddle"),
    _alike("autoencoder, w = −second direction", unit_loss, (0.0, -1.0), "saddle"),
    _alike("autoencoder, w = 0", unit_loss, ZERO, "maximum"),
    Point(
        "autoencoder, equal variances", equal_loss, (0.6, 0.8), "degenerate", "minimum"
    ),
)  # fmt: skip
