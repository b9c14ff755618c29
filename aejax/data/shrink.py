"""Images at half their size, for what has to be quick."""

import numpy as np
from numpy.typing import NDArray


def halved(images: NDArray, side: int | None = None) -> NDArray:
    """Each pixel the mean of four: [n, h, w, c] to [n, h // 2, w // 2, c].

    Args:
      images: uint8, for which means are rounded, or floats.
      side: of the result; of larger images only the middle is kept.
    """
    n, height, width, channels = images.shape
    rows, columns = (min(length // 2, side or length) for length in (height, width))
    top, left = (
        0 if side is None else length // 2 - part
        for length, part in ((height, rows), (width, columns))
    )
    cut = images[:, top : top + 2 * rows, left : left + 2 * columns]
    fours = cut.reshape(n, rows, 2, columns, 2, channels)
    if images.dtype != np.uint8:
        return fours.mean((2, 4), dtype=images.dtype)
    return fours.mean((2, 4)).round().astype(np.uint8)
