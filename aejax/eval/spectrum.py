"""How much detail images have: their power against spatial frequency."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def spectrum(images: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean power of images at each spatial frequency, mean over directions.

    Images are periodically continued after a Hann window, as otherwise their edges
    would count as detail; their mean is taken off.

    Args:
      images: [n, h, w, c] in [0, 1].

    Returns:
      Frequencies [k], in cycles per pixel, from 1 / side to at most 1 / 2, and the
      power [k], mean over images and channels.

    Raises:
      ValueError: images are not [n, h, w, c], or have fewer than 4 pixels a side.
    """
    shown = np.asarray(images, np.float64)
    if shown.ndim != 4 or min(shown.shape[1:3]) < 4:
        raise ValueError(f"images [n, h, w, c] of 4 pixels or more, not {shown.shape}")
    height, width = shown.shape[1:3]
    window = np.hanning(height + 2)[1:-1, None] * np.hanning(width + 2)[None, 1:-1]
    window = window[None, :, :, None]
    mean = (shown * window).sum((1, 2), keepdims=True) / window.sum()
    power = np.abs(np.fft.fft2((shown - mean) * window, axes=(1, 2))) ** 2
    power = power.mean((0, 3)) / (window**2).sum()
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None]
    side = min(height, width)
    ring = np.round(np.hypot(rows, columns) * side).astype(int)
    count = side // 2
    sums = np.bincount(ring.ravel(), power.ravel(), count + 1)
    found = sums[1 : count + 1] / np.bincount(ring.ravel())[1 : count + 1]
    return np.arange(1, count + 1) / side, found


Band = tuple[float, float]
"""Above the first frequency and up to the second, in cycles per pixel."""

FINE: Band = (0.25, 0.5)
"""The finer half of all frequencies."""


def detail(images: ArrayLike, like: ArrayLike, band: Band = FINE) -> float:
    """Power of images in a band, as a fraction of that of others.

    0 for images without any detail, 1 for as much as the others have, right or wrong.

    Args:
      images: [n, h, w, c].
      like: [m, h, w, c], such as the originals.
      band: of frequencies; 1 / 2 is the finest.
    """
    return _power(images, band) / _power(like, band)


def kept(shown: ArrayLike, originals: ArrayLike, band: Band = FINE) -> float:
    """The fraction of the originals' power in a band that images show rightly.

    1 minus the power of the difference over that of the originals: 1 for the originals
    themselves, 0 for images without any detail, below 0 where detail is wrong.

    Args:
      shown: [n, h, w, c], such as reconstructions.
      originals: [n, h, w, c].
      band: of frequencies; 1 / 2 is the finest.
    """
    wrong = np.asarray(shown, np.float64) - np.asarray(originals, np.float64)
    return 1 - _power(wrong, band) / _power(originals, band)


def _power(images: ArrayLike, band: Band) -> float:
    frequencies, power = spectrum(images)
    # A ring of frequency f has a length in proportion to f.
    weights = frequencies * (frequencies > band[0]) * (frequencies <= band[1] + 1e-9)
    return float((weights * power).sum())
