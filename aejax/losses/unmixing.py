"""How far the two images of an unmixed mixture are from the two originals.

Parts are what a model takes the two images for, originals what they were; both are
[n, 2, h, w, c] in [0, 1]. Where nothing says which image is the first, a model cannot
know in which order to give them: the error in the given order is then least for the
mixture itself, twice (a collapse to the mean), and the permutation-invariant error
takes whichever order is nearer, example by example (permutation invariant training,
Yu et al., arXiv:1607.00325).
"""

import jax
import jax.numpy as jnp

from aejax.losses.reconstruction import PIXELS


def errors(parts: jax.Array, originals: jax.Array) -> jax.Array:
    """Mean squared error per pixel of each part, in the given order: [n, 2]."""
    return jnp.square(parts - originals).mean(PIXELS)


def ordered(parts: jax.Array, originals: jax.Array) -> jax.Array:
    """Sum of the two mean squared errors in the given order: [n]."""
    return errors(parts, originals).sum(-1)


def invariant(parts: jax.Array, originals: jax.Array) -> jax.Array:
    """Sum of the two mean squared errors in the nearer of both orders: [n]."""
    return assigned_error(parts, originals, 1.0)


def assigned_error(
    parts: jax.Array, originals: jax.Array, is_invariant: jax.Array | float
) -> jax.Array:
    """`invariant` where `is_invariant` is 1, `ordered` where it is 0: [n].

    It may be traced: members of one program may differ in it.
    """
    return ordered(assigned(parts, originals, is_invariant), originals)


def assigned(
    parts: jax.Array, originals: jax.Array, is_invariant: jax.Array | float = 1.0
) -> jax.Array:
    """Each example's parts in the order of the originals that they are compared with.

    Args:
      parts: [n, 2, h, w, c].
      originals: of the same shape.
      is_invariant: 1 for the nearer of both orders, the given one where both are
        equally near; 0 for the given one.

    Returns:
      Of the same shape. Which order is nearer has no derivative.
    """
    swap = is_swapped(parts, originals, is_invariant)
    return jnp.where(swap[:, None, None, None, None], parts[:, ::-1], parts)


def is_swapped(
    parts: jax.Array, originals: jax.Array, is_invariant: jax.Array | float = 1.0
) -> jax.Array:
    """Whether the second part is compared with the first original: bool [n]."""
    given = ordered(parts, originals)
    return (ordered(parts[:, ::-1], originals) < given) & (is_invariant > 0.5)
