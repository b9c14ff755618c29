"""What handwriting varies in beside its class: place, width and slant of strokes.

Images are [n, h, w, c], uint8 or in [0, 1], light on a dark ground; channels are
averaged.
"""

from typing import Any

import numpy as np
from jax.typing import ArrayLike
from numpy.typing import NDArray

from aejax.images import unit


def centre(images: ArrayLike) -> NDArray[np.float64]:
    """Centre of mass of each image in pixels from its middle: [n, 2], row and column.

    The middle for an image without any light.
    """
    light, rows, columns = _grids(images)
    total = np.maximum(light.sum((1, 2)), 1e-12)
    return np.stack([(light * g).sum((1, 2)) / total for g in (rows, columns)], 1)


def stroke_width(images: ArrayLike) -> NDArray[np.float64]:
    """Mean width of the strokes of each image in pixels: [n].

    Twice the light divided by its total variation, which is the length of the edge: a
    stroke of length l and width w has l w of light and 2 l of edge, without its ends.
    Nan for an image that is uniform.
    """
    light, _, _ = _grids(images)
    padded = np.pad(light, [(0, 0), (0, 1), (0, 1)])
    down, right = (np.diff(padded, axis=a) for a in (1, 2))
    edge = np.sqrt(down[:, :, :-1] ** 2 + right[:, :-1] ** 2).sum((1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(edge > 0, 2 * light.sum((1, 2)) / edge, np.nan)


def slant(images: ArrayLike) -> NDArray[np.float64]:
    """Horizontal shear of each image: [n], 0 upright, above 0 leaning to the right.

    By how many columns the light moves per row upwards, by its second moments; 0 for an
    image whose light is in one row.
    """
    light, rows, columns = _grids(images)
    middle = centre(images)
    r = rows - middle[:, 0, None, None]
    c = columns - middle[:, 1, None, None]
    along, across = (light * r * r).sum((1, 2)), (light * r * c).sum((1, 2))
    return np.where(along > 0, -across / np.where(along > 0, along, 1), 0.0)


def _grids(images: Any) -> tuple[NDArray[np.float64], NDArray, NDArray]:
    """Light [n, h, w], and rows and columns [1, h, w] counted from the middle."""
    light = np.asarray(unit(images), np.float64).mean(-1)
    height, width = light.shape[1:]
    rows, columns = np.indices((height, width), dtype=np.float64)
    return light, rows[None] - (height - 1) / 2, columns[None] - (width - 1) / 2
