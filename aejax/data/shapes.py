"""Images of several data sets brought to one size and number of channels."""

import numpy as np

from aejax.data import splits
from aejax.data.form import Form
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


def formed(images: Images, form: Form) -> tuple[Images, list[str]]:
    """Images in the size and number of channels that are asked for, and what was done.

    Large images become smaller even if no size is asked for, as files do.

    Args:
      images: uint8 [n, h, w, 1 or 3].
      form: its limit is no matter here.
    """
    # Pillow takes a moment to import, and only this needs it.
    from aejax.data.own import decoding, pixels

    count, height, width, channels = images.images.shape
    heads = [pixels.Header(height, width, channels == 1)] * count
    shape, notes = decoding.common_shape(heads, form)
    if shape == images.images.shape[1:]:
        return images, []
    shown = np.stack([pixels.of_array(image, shape) for image in images.images])
    return Images(shown, images.labels), notes


def limited(train: Images, test: Images, limit: int | None) -> tuple[Images, Images]:
    """So many images of both splits together, in proportion, always the same ones."""
    counts = [len(split.images) for split in (train, test)]
    if limit is None or limit >= sum(counts):
        return train, test
    tests = min(max(1, round(limit * counts[1] / sum(counts))), counts[1], limit - 1)
    return tuple(  # type: ignore[return-value]
        splits.chosen(split, splits.some(len(split.images), size))
        for split, size in ((train, limit - tests), (test, tests))
    )
