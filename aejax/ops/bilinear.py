"""Convolution and transposed convolution over `Tiles`, differentiated by hand.

The two operations and their gradients are the same six linear maps in different
order. For an image x [c, H, W, b] and a kernel w [rows, cols, c, o],

    correlate(x, w) = untile( weights(w)^T @ analyse(x) )              [o, h, w, b]
    spread(y, w)    = analyse^T( weights(w) @ tile(y) )                [c, H, W, b]

are adjoint to each other in the image, and both have the kernel's gradient
weights^T( analyse(x) @ tile(y)^T ).

`custom_vjp` holds JAX to these products: its own derivatives of pads, slices and
stacks are slower (1.4 times). What was read of the operand is kept for the
backward pass. That pass is made of ordinary operations, so gradients of gradients
work; forward mode (`jax.jvp`, `jax.jacfwd`, `jax.hessian`) does not. `AUTODIFF` has
the same three functions without these rules, for which it does.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from aejax.ops.tiles import Matrices, Tiles


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def correlate(tiles: Tiles, image: jax.Array, kernel: jax.Array) -> jax.Array:
    """The convolution of [c, H, W, b] with [rows, cols, c, o]: [o, h, w, b]."""
    return _correlate_forward(tiles, image, kernel)[0]


def _correlate_forward(
    tiles: Tiles, image: jax.Array, kernel: jax.Array
) -> tuple[jax.Array, tuple[Matrices, jax.Array]]:
    read = tiles.analyse(image)
    return tiles.untile(_down(tiles.weights(kernel), read)), (read, kernel)


def _correlate_backward(
    tiles: Tiles, saved: tuple[Matrices, jax.Array], gradient: jax.Array
) -> tuple[jax.Array, jax.Array]:
    read, kernel = saved
    tiled = tiles.tile(gradient)
    to_image = tiles.analyse_adjoint(_up(tiles.weights(kernel), tiled))
    return to_image, tiles.weights_adjoint(_outer(read, tiled))


correlate.defvjp(_correlate_forward, _correlate_backward)


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def spread(tiles: Tiles, small: jax.Array, kernel: jax.Array) -> jax.Array:
    """The adjoint of `correlate` in the image: [o, h, w, b] to [c, H, W, b]."""
    return _spread_forward(tiles, small, kernel)[0]


def _spread_forward(
    tiles: Tiles, small: jax.Array, kernel: jax.Array
) -> tuple[jax.Array, tuple[Matrices, jax.Array]]:
    tiled = tiles.tile(small)
    image = tiles.analyse_adjoint(_up(tiles.weights(kernel), tiled))
    return image, (tiled, kernel)


def _spread_backward(
    tiles: Tiles, saved: tuple[Matrices, jax.Array], gradient: jax.Array
) -> tuple[jax.Array, jax.Array]:
    tiled, kernel = saved
    read = tiles.analyse(gradient)
    to_small = tiles.untile(_down(tiles.weights(kernel), read))
    return to_small, tiles.weights_adjoint(_outer(read, tiled))


spread.defvjp(_spread_forward, _spread_backward)


@jax.custom_vjp
def add_bias(image: jax.Array, bias: jax.Array) -> jax.Array:
    """[c, h, w, b] plus [c]."""
    return image + bias[:, None, None, None]


def _add_bias_forward(image: jax.Array, bias: jax.Array) -> tuple[jax.Array, None]:
    return add_bias(image, bias), None


def _add_bias_backward(_: None, gradient: jax.Array) -> tuple[jax.Array, jax.Array]:
    # A sum would be moved by XLA through the caller's transpose to [n, h, w, c],
    # and make it copy the image in that order (13 of 47 ms per step of the
    # reference model); a product with ones stays where it is.
    matrix = gradient.reshape(len(gradient), -1)
    return gradient, matrix @ jnp.ones(matrix.shape[1:], matrix.dtype)


add_bias.defvjp(_add_bias_forward, _add_bias_backward)


class Rules(NamedTuple):
    """`correlate`, `spread` and `add_bias` with one kind of derivatives."""

    correlate: Callable[[Tiles, jax.Array, jax.Array], jax.Array]
    spread: Callable[[Tiles, jax.Array, jax.Array], jax.Array]
    add_bias: Callable[[jax.Array, jax.Array], jax.Array]


BY_HAND = Rules(correlate, spread, add_bias)
"""Fast in reverse mode; no forward mode."""

AUTODIFF = Rules(
    lambda *operands: _correlate_forward(*operands)[0],
    lambda *operands: _spread_forward(*operands)[0],
    lambda image, bias: image + bias[:, None, None, None],
)
"""JAX's own derivatives, in both modes."""


def _down(weights: Matrices, read: Matrices) -> Matrices:
    return _products("ko,kt->ot", weights, read)


def _up(weights: Matrices, tiled: Matrices) -> Matrices:
    return _products("ko,ot->kt", weights, tiled)


def _outer(read: Matrices, tiled: Matrices) -> Matrices:
    return _products("kt,ot->ko", read, tiled)


def _products(axes: str, left: Matrices, right: Matrices) -> Matrices:
    return [jnp.einsum(axes, a, b) for a, b in zip(left, right, strict=True)]
