"""Mean and spread of a measure over repeated runs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

# What is said of a difference that is neither below nor above zero.
NOT_TOLD = "not told apart"
SINGLE = "a single run cannot tell"


@dataclass(frozen=True)
class Spread:
    """A mean over n runs with its spread.

    Attributes:
      mean: mean of the values.
      std: sample standard deviation (n - 1 in the denominator); nan for n = 1,
        shown as a dash in tables.
      half_width: half the width of the 95 % confidence interval of the mean
        (Student t with n - 1 degrees of freedom); nan for n = 1.
      n: number of values.
    """

    mean: float
    std: float
    half_width: float
    n: int

    @property
    def interval(self) -> tuple[float, float]:
        """Ends of the 95 % confidence interval of the mean."""
        return self.mean - self.half_width, self.mean + self.half_width


def mean_spread(values: ArrayLike) -> Spread:
    """Mean, standard deviation and 95 % interval of the mean of a few values.

    Args:
      values: [n] values, n >= 1. A nan among them makes the figures nan: a run
        that failed is not silently left out.

    Raises:
      ValueError: if there is no value, or the values are not a vector.
    """
    array = np.asarray(values, np.float64)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"values must be [n >= 1], got shape {array.shape}")
    n = array.size
    mean = float(array.mean())
    if n == 1:
        return Spread(mean=mean, std=float("nan"), half_width=float("nan"), n=1)
    with np.errstate(invalid="ignore"):  # inf - inf, as of a perfect PSNR
        std = float(array.std(ddof=1))
    reach = float(stats.t.ppf(0.975, n - 1))
    return Spread(mean=mean, std=std, half_width=reach * std / n**0.5, n=n)


def verdict(difference: Spread, below: str, above: str) -> str:
    """What may be said of a difference: where its 95 % interval lies.

    Args:
      difference: mean of paired differences.
      below: said where the whole interval is below zero.
      above: said where it is above.

    Returns:
      One of the two, `NOT_TOLD` where zero is in the interval, or `SINGLE`.
    """
    if np.isnan(difference.half_width):
        return SINGLE
    if abs(difference.mean) <= difference.half_width:
        return NOT_TOLD
    return below if difference.mean < 0 else above
