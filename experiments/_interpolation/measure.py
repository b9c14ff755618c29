"""The measures of paths, as the judge sees them."""

from typing import NamedTuple

import numpy as np

from aejax.metrics import path
from aejax.run.judge import Judge
from experiments._interpolation.evidence import Seen


class Bank(NamedTuple):
    """The real pictures to which those of a path are held.

    Attributes:
      features: [n, f] as the judge sees them.
      scale: median distance between a real picture and its nearest other one.
    """

    features: np.ndarray
    scale: float

    @staticmethod
    def of(judge: Judge, pictures: np.ndarray) -> "Bank":
        """The bank of these pictures [n, h, w, c]."""
        features, _ = judge.look(pictures)
        return Bank(features, path.typical_distance(features))


def measure(judge: Judge, bank: Bank, frames: np.ndarray, pairs: np.ndarray) -> Seen:
    """Measures paths [pairs, frames, h, w, c] between the images at `pairs`.

    The ends do not count where a measure is a mean over frames: they are no
    interpolations.
    """
    shape = frames.shape[:2]
    features, chances = judge.look(frames.reshape(-1, *frames.shape[2:]))
    features, chances = (a.reshape(*shape, -1) for a in (features, chances))
    near = path.nearest_real(features, bank.features, pairs) / bank.scale
    sure = path.confidence(chances)
    changes = path.class_changes(chances)
    return Seen(
        nearest=near[:, 1:-1].mean(-1),
        confidence=sure[:, 1:-1].mean(-1),
        changes=changes,
        direct=(changes == 1).astype(np.float64),
        unevenness=path.unevenness(features),
        departure=_departure(frames),
        nearest_along=near.mean(0),
        confidence_along=sure.mean(0),
    )


def _departure(frames: np.ndarray) -> np.ndarray:
    """How far a path is from the cross-fade of its own ends, rms grey level.

    Zero for a decoder that is linear along the path: [pairs].
    """
    t = np.linspace(0, 1, frames.shape[1], dtype=frames.dtype)[:, None, None, None]
    own = frames[:, :1] * (1 - t) + frames[:, -1:] * t
    squares = np.square(frames - own)[:, 1:-1]
    return np.sqrt(squares.mean((1, 2, 3, 4), dtype=np.float64))
