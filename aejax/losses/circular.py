"""Losses for angles in radians, for which 358 degrees and 2 degrees are 4 apart.

`circular` and `arc` take one number per angle, `sine_cosine` two. A network with one
output cannot turn without a cut: a full turn of its input comes back to the same
output, so somewhere it must run back through all angles. Two outputs, a point near the
unit circle, have no such place (Zhou et al., arXiv:1812.07035).
"""

import math

import jax
import jax.numpy as jnp


def difference(angles: jax.Array, others: jax.Array) -> jax.Array:
    """Signed difference by the shorter way round, in [-pi, pi); of any real angles."""
    return (angles - others + math.pi) % (2 * math.pi) - math.pi


def naive(predicted: jax.Array, target: jax.Array) -> jax.Array:
    """(predicted - target)^2, as if angles were numbers: wrong across the cut."""
    return jnp.square(predicted - target)


def arc(predicted: jax.Array, target: jax.Array) -> jax.Array:
    """Square of the arc between two angles; its gradient jumps between opposite ones.

    At most pi^2, and its gradient at most 2 pi.
    """
    return jnp.square(difference(predicted, target))


def circular(predicted: jax.Array, target: jax.Array) -> jax.Array:
    """2 (1 - cos of the difference): the squared chord between points on a circle.

    Smooth everywhere, the squared difference where that is small; at most 4, and its
    gradient, 2 sin of the difference, at most 2. At the opposite angle that is 0, too.

    Args:
      predicted: any real numbers, in radians.
      target: of the same shape.
    """
    # Not 2 (1 - cos d), which rounds small differences away.
    return 4 * jnp.square(jnp.sin((predicted - target) / 2))


def sine_cosine(predicted: jax.Array, target: jax.Array) -> jax.Array:
    """Squared distance of a point to that of an angle on the unit circle.

    Convex in the prediction; `circular` where that is on the circle.

    Args:
      predicted: [..., 2], the cosine and the sine.
      target: [...] in radians.
    """
    return jnp.square(predicted - to_point(target)).sum(-1)


def to_point(angles: jax.Array) -> jax.Array:
    """Angles [...] to (cosine, sine) [..., 2]."""
    return jnp.stack([jnp.cos(angles), jnp.sin(angles)], -1)


def to_angle(points: jax.Array) -> jax.Array:
    """(cosine, sine) [..., 2] of any length but 0 to angles [...] in [0, 2 pi)."""
    return jnp.arctan2(points[..., 1], points[..., 0]) % (2 * math.pi)
