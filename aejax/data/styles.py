"""Two styles of one image, filled and outline, with partners that fit more or less."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from aejax.data import augment

PAIRINGS = ("accurate", "loose", "none")
"""How well partners fit: the same shape, the same but moved and bent, any other one."""


class Styles(NamedTuple):
    """Images of both styles.

    Attributes:
      filled: uint8 [n, h, w, 1].
      outline: uint8 [n, h, w, 1], of the same shapes.
    """

    filled: NDArray[np.uint8]
    outline: NDArray[np.uint8]


def both(images: NDArray[np.uint8]) -> Styles:
    """Bold shapes and their outlines, [n, h, w, c] to half the side: [n, h/2, w/2, 1].

    Strokes are widened by a pixel on each side; the outline is the morphological
    gradient of that, what a dilation adds and an erosion takes away. Pixels are means
    of four, and colours are averaged.

    Args:
      images: uint8, bright on dark.
    """
    grey = images.mean(-1)
    bold = ndimage.grey_dilation(grey, (1, 3, 3))
    edges = ndimage.grey_dilation(bold, (1, 3, 3)) - ndimage.grey_erosion(
        bold, (1, 3, 3)
    )
    return Styles(*(_halved(part) for part in (bold, edges)))


def partners(
    key: jax.Array, outline: NDArray[np.uint8], strength: float = 1.0
) -> NDArray[np.uint8]:
    """A partner of each image in each of `PAIRINGS`: [3, n, h, w, 1].

    Args:
      key: of the distortions and the order.
      outline: uint8 [n, h, w, 1], the accurate partners.
      strength: of the distortion of loose ones (`augment.distort`): each is moved,
        turned, scaled and sheared once for all.
    """
    warp, order = jax.random.split(key)
    loose = jax.jit(augment.distort)(warp, jnp.asarray(outline), strength)
    mixed = np.asarray(jax.random.permutation(order, len(outline)))
    bent = np.asarray(jnp.round(255 * loose)).astype(np.uint8)
    return np.stack([outline, bent, outline[mixed]])


def _halved(images: NDArray) -> NDArray[np.uint8]:
    n, height, width = images.shape
    cut = images[:, : height // 2 * 2, : width // 2 * 2]
    means = cut.reshape(n, height // 2, 2, width // 2, 2).mean((2, 4))
    return means.round().astype(np.uint8)[..., None]
