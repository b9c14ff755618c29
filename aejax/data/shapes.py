"""Images of several data sets brought to one size and number of channels."""

import numpy as np

from aejax.data.images import Images
from aejax.errors import UserError

Shape = tuple[int, int, int]
"""(height, width, channels)."""


def common(*sets: Images) -> Shape:
    """The largest height, width and number of channels among some sets."""
    height, width, channels = np.max([s.images.shape[1:] for s in sets], 0).tolist()
    return height, width, channels


def brought_to(images: Images, shape: Shape) -> Images:
    """Images of another size, bilinearly (by Pillow), and of more channels.

    Args:
      images: uint8 [n, h, w, c].
      shape: that they get; grey images are spread to any number of channels, as a
        read-only view that takes no memory.

    Raises:
      UserError: images of several channels cannot have another number of them.
    """
    shown, (height, width, channels) = images.images, shape
    if shown.shape[-1] not in (1, channels):
        raise UserError(
            f"images of {shown.shape[-1]} channels cannot be brought to {channels}"
        )
    if shown.shape[1:3] != (height, width):
        shown = np.stack([_resized(image, height, width) for image in shown])
    if shown.shape[-1] != channels:
        shown = np.broadcast_to(shown, (*shown.shape[:3], channels))
    return Images(shown, images.labels)


def _resized(image: np.ndarray, height: int, width: int) -> np.ndarray:
    # Takes a moment to import, and only resizing needs it.
    from PIL import Image

    bilinear = Image.Resampling.BILINEAR
    resized = [
        np.asarray(Image.fromarray(channel).resize((width, height), bilinear))
        for channel in np.moveaxis(image, -1, 0)
    ]
    return np.stack(resized, axis=-1)
