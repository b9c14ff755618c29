"""Paths between two codes: in latent space, or in the noise that makes them."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from aejax import latents

NOISE_LINE, NOISE_ARC = "noise, line", "noise, arc"
LINE, ARC = "codes, line", "codes, arc"


def between_codes(
    first: jax.Array, last: jax.Array, t: jax.Array
) -> dict[str, jax.Array]:
    """The straight line and the arc around the origin between codes.

    Args:
      first: [pairs, d] codes, of mean 0.
      last: [pairs, d].
      t: [frames] positions in [0, 1].

    Returns:
      `LINE` and `ARC`, codes [pairs, frames, d] each.
    """
    centre = jnp.zeros(first.shape[-1], first.dtype)
    return {
        LINE: latents.linear(first, last, t),
        ARC: latents.spherical(first, last, t, centre),
    }


def between_noise(
    generate: Callable[[jax.Array], jax.Array],
    first: jax.Array,
    last: jax.Array,
    t: jax.Array,
) -> dict[str, jax.Array]:
    """Four ways from one generated code to another.

    Args:
      generate: noise [n, k] to codes [n, d].
      first: [pairs, k] noise of the first codes.
      last: [pairs, k] noise of the last codes.
      t: [frames] positions in [0, 1].

    Returns:
      `NOISE_LINE` and `NOISE_ARC`, generated from lines and arcs of noise; `LINE` and
      `ARC` between the two generated codes; codes [pairs, frames, d] each.
    """
    ways = between_codes(first, last, t)
    shape = (*ways[LINE].shape[:2], -1)
    line, arc = (
        generate(ways[way].reshape(-1, first.shape[-1])).reshape(shape)
        for way in (LINE, ARC)
    )
    ends = between_codes(line[:, 0], line[:, -1], t)
    return {NOISE_LINE: line, NOISE_ARC: arc, **ends}
