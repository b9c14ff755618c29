"""Paths between latent codes."""

import jax
import jax.numpy as jnp

# Codes whose directions differ by less than this many radians are joined linearly.
_NEARLY_PARALLEL = 1e-3
_ALMOST_ONE = 1 - 1e-7


def linear(first: jax.Array, second: jax.Array, t: jax.Array) -> jax.Array:
    """(1 - t) first + t second.

    Args:
      first: codes [..., d] where the paths begin.
      second: codes [..., d] where they end.
      t: places on the path [frames]; 0 is `first`, 1 is `second`.

    Returns:
      [..., frames, d].
    """
    return _blend(first, 1 - t) + _blend(second, t)


def spherical(
    first: jax.Array, second: jax.Array, t: jax.Array, centre: jax.Array
) -> jax.Array:
    """The path of constant angular speed around a centre (Shoemake 1985, "slerp").

    The distance to the centre passes smoothly from the one code's to the other's,
    instead of shrinking on the way as on a straight line: in many dimensions that
    keeps to the shell where codes of Gaussian distribution lie (White 2016,
    arXiv:1609.04468).

    Args:
      first: codes [..., d] where the paths begin.
      second: codes [..., d] where they end.
      t: places on the path [frames].
      centre: [d], such as the mean of the training codes.

    Returns:
      [..., frames, d]; the straight line where the two directions are the same
      or opposite, or a code lies in the centre.
    """
    middle = jnp.broadcast_to(centre, first.shape)
    a, b = first - middle, second - middle
    squares = jnp.square(a).sum(-1) * jnp.square(b).sum(-1)
    has_angle = squares > 0
    cosine = (a * b).sum(-1) / jnp.sqrt(jnp.where(has_angle, squares, 1))
    # Short of 1, where the slope of arccos is infinite.
    angle = jnp.arccos(jnp.clip(cosine, -_ALMOST_ONE, _ALMOST_ONE))
    is_arc = has_angle & (jnp.sin(angle) > _NEARLY_PARALLEL)
    sine = jnp.where(is_arc, jnp.sin(angle), 1)
    weights = [
        jnp.where(
            is_arc[..., None],
            jnp.sin(jnp.multiply.outer(angle, s)) / sine[..., None],
            jnp.broadcast_to(s, (*angle.shape, *s.shape)),
        )
        for s in (1 - t, t)
    ]
    arc = _blend(a, weights[0]) + _blend(b, weights[1])
    return arc + _blend(centre, jnp.ones_like(weights[0]))


def _blend(code: jax.Array, weights: jax.Array) -> jax.Array:
    """Codes [..., d] times weights [..., frames] or [frames]: [..., frames, d]."""
    return jnp.einsum("...d,...f->...fd", code, weights)
