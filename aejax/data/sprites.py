"""Sprites: images that are a known function of five factors, as in dSprites.

Shape, scale, rotation and position of one white sprite on black (Higgins et al. 2017;
dSprites, Matthey et al. 2017). Nothing is stored or downloaded: images are computed
from the factors, at any size and any number of levels.

    places = sprites.grid((3, 4, 5, 8, 8))
    images = sprites.render(sprites.factors(places, (3, 4, 5, 8, 8)), size=16)
"""

import math
from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

FACTORS = ("shape", "scale", "rotation", "x", "y")
"""Their order wherever factors are columns."""

SHAPES = ("square", "ellipse", "heart")

CATEGORICAL = (True, False, False, False, False)
"""Which factors have levels without an order."""

LEVELS = (3, 6, 40, 32, 32)
"""Of dSprites: 737,280 images."""

RANGES = ((0, 2), (0.5, 1.0), (0, 2 * math.pi), (0, 1), (0, 1))
"""Of dSprites: first and last value of each factor."""

RADIUS = 0.45
"""Of the circle that holds a sprite of scale 1; half the image is 1."""

_SAMPLES = 4
"""Points per pixel along each side, of which a grey level is the mean."""


def grid(levels: Sequence[int] = LEVELS) -> NDArray[np.int32]:
    """Every combination of levels once: int32 [product of levels, 5].

    Args:
      levels: how many each factor has.

    Raises:
      ValueError: there is not a positive number for each factor, or more shapes than 3.
    """
    _check(levels)
    axes = np.indices(tuple(levels), np.int32)
    return axes.reshape(len(levels), -1).T


def factors(
    places: NDArray,
    levels: Sequence[int] = LEVELS,
    ranges: Sequence[tuple[float, float]] = RANGES,
) -> NDArray[np.float32]:
    """Values of factors, as `render` takes them: [n, 5].

    Levels are evenly spread over the range of their factor, both ends included, and one
    level has its middle; angles exclude the end, so that none of a full turn occurs
    twice. Shapes are their own level.

    Args:
      places: int [n, 5], each factor's level from 0 on.
      levels: how many each factor has.
      ranges: (first, last) value of each factor; that of the shape is not used. A
        square looks the same after a quarter of a turn, an ellipse after a half.

    Raises:
      ValueError: as `grid`.
    """
    _check(levels)
    counts = np.array(levels)
    steps = np.maximum(counts - 1, 1)
    steps[2] = counts[2]
    even = np.where(counts > 1, places / steps, 0.5)
    first, last = np.array(ranges, np.float64).T
    found = first + even * (last - first)
    found[:, 0] = places[:, 0]
    return found.astype(np.float32)


def render(factors: jax.Array | NDArray, size: int = 64) -> jax.Array:
    """Images in [0, 1] of sprites: [n, 5] to [n, size, size, 1]. Pure.

    Args:
      factors: shape (0 square, 1 ellipse, 2 heart), scale, rotation in radians
        (counter-clockwise), x from left to right and y from top to bottom; positions
        in [0, 1] keep a sprite of scale 1 within the image.
      size: pixels along each side.
    """
    return jax.lax.map(lambda one: _image(one, size), jnp.asarray(factors))


def _image(factors: jax.Array, size: int) -> jax.Array:
    shape, scale, angle, x, y = factors
    fine = size * _SAMPLES
    axis = (2 * jnp.arange(fine, dtype=factors.dtype) + 1) / fine - 1
    reach = 2 * (1 - RADIUS)
    right = jnp.broadcast_to(axis[None, :], (fine, fine)) - reach * (x - 0.5)
    up = -jnp.broadcast_to(axis[:, None], (fine, fine)) + reach * (y - 0.5)
    cosine, sine = jnp.cos(angle), jnp.sin(angle)
    u = (cosine * right + sine * up) / (RADIUS * scale)
    v = (cosine * up - sine * right) / (RADIUS * scale)
    kinds = jnp.stack([_square(u, v), _ellipse(u, v), _heart(u, v)])
    inside = kinds[shape.astype(jnp.int32)].astype(factors.dtype)
    pixels = inside.reshape(size, _SAMPLES, size, _SAMPLES).mean((1, 3))
    return pixels[..., None]


def _square(u: jax.Array, v: jax.Array) -> jax.Array:
    return jnp.maximum(jnp.abs(u), jnp.abs(v)) <= 0.7


def pixels(values: NDArray, size: int) -> NDArray[np.uint8]:
    """Sprites as a data set has them: uint8 [n, size, size, 1].

    Args:
      values: [n, 5], as `factors` gives them.
      size: pixels along each side.
    """
    drawn = jax.jit(partial(render, size=size))(jnp.asarray(values))
    return np.asarray(jnp.round(255 * drawn), np.uint8)


def _ellipse(u: jax.Array, v: jax.Array) -> jax.Array:
    return jnp.square(u) + jnp.square(v / 0.5) <= 1


def _heart(u: jax.Array, v: jax.Array) -> jax.Array:
    a, b = 1.2 * u, 1.2 * v + 0.1
    return (a**2 + b**2 - 1) ** 3 <= a**2 * b**3


def _check(levels: Sequence[int]) -> None:
    if len(levels) != len(FACTORS) or min(levels) < 1 or levels[0] > len(SHAPES):
        raise ValueError(
            f"levels={tuple(levels)}: one positive number for each of "
            f"{', '.join(FACTORS)}, and at most {len(SHAPES)} shapes"
        )
