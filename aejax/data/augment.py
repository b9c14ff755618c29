"""Random changes of images that keep their class."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.ndimage import map_coordinates
from numpy.typing import NDArray

from aejax import images as im


def shift(key: jax.Array, images: jax.Array, limit: int) -> jax.Array:
    """Moves each image by whole pixels, zeros coming in from the edges.

    Args:
      key: decides the shifts, which are uniform.
      images: [n, h, w, c] of any type.
      limit: the largest shift along either axis, in pixels; 0 changes nothing.

    Returns:
      Images of the same shape and type.
    """
    margins = [(0, 0), (limit, limit), (limit, limit), (0, 0)]
    padded = jnp.pad(images, margins)
    corners = jax.random.randint(key, (len(images), 2), 0, 2 * limit + 1)

    def cut(image: jax.Array, corner: jax.Array) -> jax.Array:
        start = (corner[0], corner[1], jnp.zeros_like(corner[0]))
        return lax.dynamic_slice(image, start, images.shape[1:])

    return jax.vmap(cut)(padded, corners)


def rolled(images: NDArray, limit: int, seed: int) -> tuple[NDArray, NDArray]:
    """Each image moved by whole pixels, what leaves at one edge entering at the other.

    Args:
      images: [n, h, w, ...].
      limit: the largest shift along either axis; all are equally likely.
      seed: decides the shifts.

    Returns:
      The images, and by how many rows and columns each was moved: [n, 2].
    """
    by = np.random.default_rng(seed).integers(-limit, limit + 1, (len(images), 2))
    pairs = zip(images, by, strict=True)
    return np.stack([np.roll(image, way, (0, 1)) for image, way in pairs]), by


def distort(
    key: jax.Array, images: jax.Array, strength: float | jax.Array = 1.0
) -> jax.Array:
    """Rotates, scales, shears and shifts each image at random.

    Angles are up to 15 degrees, scales within 15 %, shears up to 0.3, shifts up
    to a fourteenth of the image (2 pixels of 28), each uniform, all times
    `strength`; bilinear interpolation, zeros beyond the edges.

    Args:
      key: decides all of these.
      images: [n, h, w, c], uint8 or in [0, 1].
      strength: 0 changes nothing.

    Returns:
      Floats in [0, 1] of the same shape.
    """
    uniform = jax.random.uniform(
        key, (len(images), 6), minval=-strength, maxval=strength
    )
    return jax.vmap(_affine)(im.unit(images), uniform)


def rotate(images: jax.Array, angles: jax.Array) -> jax.Array:
    """Rotates each image about its centre, counter-clockwise as one sees it.

    Bilinear interpolation, zeros beyond the edges.

    Args:
      images: [n, h, w, c], uint8 or in [0, 1].
      angles: [n], in radians.

    Returns:
      Floats in [0, 1] of the same shape.
    """

    def one(image: jax.Array, angle: jax.Array) -> jax.Array:
        # Rows count downwards, and it is read where the result came from.
        cosine, sine = jnp.cos(angle), jnp.sin(angle)
        matrix = jnp.array([[cosine, sine], [-sine, cosine]])
        return _read(image, matrix, jnp.zeros(2, image.dtype))

    return jax.vmap(one)(im.unit(images), angles)


def _affine(image: jax.Array, uniform: jax.Array) -> jax.Array:
    """One image [h, w, c] under the map that six numbers in [-1, 1] choose."""
    size = jnp.array(image.shape[:2], image.dtype)
    return _read(image, _matrix(uniform), size / 14 * uniform[4:])


def _read(image: jax.Array, matrix: jax.Array, moved: jax.Array) -> jax.Array:
    """An image [h, w, c] read at `matrix` times each offset from its centre."""
    size = jnp.array(image.shape[:2], image.dtype)
    centre = (size - 1) / 2
    grid = jnp.stack(
        jnp.meshgrid(*map(jnp.arange, image.shape[:2]), indexing="ij")
    ).astype(image.dtype)
    offsets = grid - centre[:, None, None]
    origin = centre + moved
    read_at = jnp.tensordot(matrix, offsets, 1) + origin[:, None, None]
    channels = [
        map_coordinates(image[..., c], list(read_at), order=1)
        for c in range(image.shape[-1])
    ]
    return jnp.stack(channels, -1)


def _matrix(uniform: jax.Array) -> jax.Array:
    """The linear part [2, 2] of the map: rotation, shear and two scales."""
    angle, shear = jnp.deg2rad(15.0) * uniform[0], 0.3 * uniform[1]
    scales = 1 + 0.15 * uniform[2:4]
    cosine, sine = jnp.cos(angle), jnp.sin(angle)
    rotation = jnp.array([[cosine, -sine], [sine, cosine]])
    sheared = jnp.array([[1.0, 0.0], [0.0, 1.0]]).at[0, 1].set(shear)
    return rotation @ sheared * scales[None, :]
