"""What explains a measure: the condition, the seed, or both together?"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aejax.stats.contrasts import LEVEL, Interval


class Shares(NamedTuple):
    """Shares of a variance, each with its 95 % interval; the three sum to 1.

    Attributes:
      conditions: what the condition explains, whatever the seed.
      seeds: what the seed explains, whatever the condition.
      rest: what neither explains alone: a seed that is good for one condition only.
    """

    conditions: tuple[float, Interval]
    seeds: tuple[float, Interval]
    rest: tuple[float, Interval]

    @property
    def all_but_conditions(self) -> tuple[float, Interval]:
        """What the condition does not explain: seeds and rest together."""
        value, (low, high) = self.conditions
        return 1 - value, (1 - high, 1 - low)


def shares_of_variance(values: ArrayLike, draws: int = 20_000) -> Shares:
    """What explains a measure: the condition, the seed, or both together.

    Two-way analysis of variance, both as random effects: components of variance that
    would be below 0 are 0. Intervals are generalised confidence intervals (Weerahandi
    1993), for normal values; with few seeds or conditions they are wide.

    Args:
      values: [conditions, seeds], two or more of each; seeds without a finite value in
        every condition are left out.
      draws: random numbers that the intervals are found with, always the same ones.

    Returns:
      The shares; nan with fewer than two of each, or where all values are equal.

    Raises:
      ValueError: the values are no matrix.
    """
    array = np.asarray(values, np.float64)
    if array.ndim != 2:
        raise ValueError(f"values must be [conditions, seeds], not {array.shape}")
    array = array[:, np.isfinite(array).all(0)]
    k, n = array.shape
    if min(k, n) < 2 or np.ptp(array) == 0:
        unknown = math.nan, (math.nan, math.nan)
        return Shares(unknown, unknown, unknown)
    rows, columns = array.mean(1, keepdims=True), array.mean(0, keepdims=True)
    parts = rows - array.mean(), columns - array.mean(), array - rows - columns
    parts = *parts[:2], parts[2] + array.mean()
    sums = [np.square(np.broadcast_to(part, array.shape)).sum() for part in parts]
    degrees = k - 1, n - 1, (k - 1) * (n - 1)
    squares = np.divide(sums, degrees)[:, None]

    def shares(means: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of mean squares [3, m]."""
        found = (means - means[2]) / np.array([[n], [k], [1]])
        found = np.concatenate([np.maximum(found[:2], 0), means[2:]])
        return found / found.sum(0)

    random = np.random.default_rng(0)
    chance = np.stack([random.chisquare(d, draws) / d for d in degrees])
    likely = shares(squares / chance)
    low, high = np.quantile(likely, [LEVEL / 2, 1 - LEVEL / 2], axis=1)
    each = zip(shares(squares)[:, 0], low, high, strict=True)
    return Shares(*((float(a), (float(b), float(c))) for a, b, c in each))
