"""Small tasks whose answers need a wide view, made from random numbers.

Each is `(random, count) -> {"x", "y"}`.
"""

import numpy as np
from numpy.typing import NDArray

from aejax.data.shrink import halved
from aejax.data.tfds import bundled

DAY, WEEK = 24, 7 * 24
"""Hours."""


def canvases(random: np.random.Generator, count: int) -> dict[str, NDArray]:
    """Two digits of half size on a canvas; the label of each pixel, -1 off them."""
    images, labels = bundled.digits("train")
    small = halved(images[..., None].astype(np.float32))[..., 0] / 255
    x, y = np.zeros((count, 28, 28, 1), np.float32), np.full((count, 28, 28), -1)
    for canvas, label in zip(x, y, strict=True):
        for left in (0, 14):
            digit, row = random.integers(len(small)), random.integers(0, 15)
            place = np.s_[row : row + 14, left : left + 14]
            canvas[(*place, 0)] = small[digit]
            label[place][small[digit] > 0.3] = labels[digit]
    return {"x": x, "y": y.astype(np.int32)}


def sounds(random: np.random.Generator, count: int) -> dict[str, NDArray]:
    """Tones of random timbre (harmonics) and a period of 40 samples, with noise."""
    t = np.arange(161)
    k = np.arange(1, 20)
    amplitude, phase = random.normal(size=(2, count, 19, 1))
    waves = amplitude * np.sin(2 * np.pi * (k[:, None] * t / 40 + phase))
    return _series(waves.sum(1) / np.sqrt(10), random, 1)


def weeks(random: np.random.Generator, count: int) -> dict[str, NDArray]:
    """Hourly values; the course of a day is another one at weekends."""
    t = np.arange(2 * WEEK + DAY)
    shapes = random.normal(size=(count, 2, DAY))
    weekend = ((t // DAY + random.integers(0, 7, (count, 1))) % 7 >= 5).astype(int)
    rows = np.arange(count)[:, None]
    return _series(shapes[rows, weekend, t % DAY], random, DAY)


def _series(
    clean: NDArray, random: np.random.Generator, ahead: int
) -> dict[str, NDArray]:
    """Noisy series x and the clean value some steps ahead y."""
    noisy = clean + 0.1 * random.normal(size=clean.shape)
    x, y = noisy[:, :-ahead, None], clean[:, ahead:]
    return {"x": x.astype(np.float32), "y": y.astype(np.float32)}
