"""What kind of a stationary point it is: by the Hessian, and by looking around it."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, NDArray

Kind = Literal["minimum", "maximum", "saddle", "degenerate"]


class Examined(NamedTuple):
    """What a stationary point is found to be.

    Attributes:
      eigenvalues: [n], of the Hessian, rising.
      by_hessian: the kind that they tell (`classify`).
      around: the kind that the function shows (`seen`).
    """

    eigenvalues: NDArray[np.float64]
    by_hessian: Kind
    around: Kind


def classify(hessian: ArrayLike, tolerance: float = 1e-8) -> Kind:
    """Minimum, maximum, saddle, or degenerate, of a point where the gradient is 0.

    All eigenvalues above zero: a strict local minimum; all below: a maximum; some
    above and some below: a saddle, whatever others are zero. Otherwise one is zero and
    the rest have one sign: the Hessian alone does not decide ("degenerate"), as
    x^2 + y^4, x^2 - y^4 and x^2 + y^3 show, which have the same one at 0.

    Args:
      hessian: [n, n], symmetric.
      tolerance: eigenvalues of this fraction of the largest absolute one, or less,
        count as zero.

    Raises:
      ValueError: it is not a square matrix of finite numbers.
    """
    matrix = np.asarray(hessian, np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"a Hessian is [n, n], not {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise ValueError("the Hessian is not finite")
    values = np.linalg.eigvalsh((matrix + matrix.T) / 2)
    least = tolerance * np.abs(values).max(initial=0)
    above, below = (values > least).sum(), (values < -least).sum()
    if above and below:
        return "saddle"
    if len(values) and above == len(values):
        return "minimum"
    return "maximum" if len(values) and below == len(values) else "degenerate"


def seen(
    f: Callable, x: ArrayLike, radius: float = 1e-3, directions: int = 400
) -> Kind:
    """The kind of a stationary point, by evaluating the function around it.

    In double precision (`jax.enable_x64`), or changes are lost in rounding. A minimum
    is less than all that is seen around it, a maximum more; all else is a saddle.

    Args:
      f: [n] to a number.
      x: [n], the point.
      radius: of the circle or sphere on which f is evaluated.
      directions: points on it: evenly spaced on a circle, otherwise at random.
    """
    middle = jnp.asarray(x, jnp.float64)
    if len(middle) == 2:
        angles = np.linspace(0, 2 * np.pi, directions, endpoint=False)
        around = np.stack([np.cos(angles), np.sin(angles)], 1)
    else:
        around = np.random.default_rng(0).normal(size=(directions, len(middle)))
        around /= np.linalg.norm(around, axis=1, keepdims=True)
    change = np.asarray(jax.vmap(f)(middle[None] + radius * around) - f(middle))
    if (change > 0).all():
        return "minimum"
    return "maximum" if (change < 0).all() else "saddle"


def examine(f: Callable, x: ArrayLike) -> Examined:
    """A stationary point x of f by both ways, in double precision like `seen`."""
    hessian = np.asarray(jax.hessian(f)(jnp.asarray(x, jnp.float64)))
    return Examined(np.linalg.eigvalsh(hessian), classify(hessian), seen(f, x))
