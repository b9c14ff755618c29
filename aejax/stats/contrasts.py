"""Means with their spread, and differences of them."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

LEVEL = 0.05
"""Adjusted p-values below this are significant."""

Interval = tuple[float, float]
Unit = Literal["seeds", "units"]


@dataclass(frozen=True)
class Estimate:
    """A mean over n values with its spread.

    Attributes:
      mean: mean of the values; nan without a value.
      std: sample standard deviation (n - 1 in the denominator); nan for n < 2.
      interval: 95 % confidence interval of the mean (Student t); nan for n < 2.
      n: number of values.
    """

    mean: float
    std: float
    interval: Interval
    n: int

    @property
    def half_width(self) -> float:
        """Half the width of the interval."""
        return (self.interval[1] - self.interval[0]) / 2


@dataclass(frozen=True)
class Contrast:
    """A difference or a slope, tested against 0.

    Attributes:
      estimate: of the difference, with its unadjusted interval.
      p: two-sided p-value; nan where nothing can be tested.
      over: what was sampled, seeds or units.
      seeds: number of seeds behind it.
    """

    estimate: Estimate
    p: float
    over: Unit
    seeds: int

    @property
    def testable(self) -> bool:
        """Whether there is a test at all."""
        return not math.isnan(self.p)

    def direction(self, adjusted_p: float | None = None) -> int:
        """+1 higher, -1 lower, 0 no significant difference.

        Args:
          adjusted_p: within the family of claims; the plain p if not given.
        """
        p = self.p if adjusted_p is None else adjusted_p
        if not p < LEVEL:
            return 0
        return int(np.sign(self.estimate.mean))


def estimate(values: ArrayLike) -> Estimate:
    """Mean, standard deviation and 95 % interval of the mean of finite values.

    Args:
      values: [n]; values that are not finite (a member that diverged, a measure that
        does not apply) are left out.

    Raises:
      ValueError: the values are not a vector.
    """
    array = np.asarray(values, np.float64)
    if array.ndim != 1:
        raise ValueError(f"values must be [n], not {array.shape}")
    found = array[np.isfinite(array)]
    n, nan = len(found), math.nan
    if n == 0:
        return Estimate(nan, nan, (nan, nan), 0)
    mean = float(found.mean())
    if n == 1:
        return Estimate(mean, nan, (nan, nan), 1)
    std = float(found.std(ddof=1))
    reach = float(stats.t.ppf(1 - LEVEL / 2, n - 1)) * std / math.sqrt(n)
    return Estimate(mean, std, (mean - reach, mean + reach), n)


def contrast(
    first: ArrayLike, second: ArrayLike = 0.0, *, same_model: bool = False
) -> Contrast:
    """The paired difference `first - second`.

    A one-sample t-test of the differences. Between different models it is over
    seeds; between two readings of the same models over units, and then the seeds must
    agree in sign, otherwise p is 1.

    Args:
      first: [seeds] or [seeds, units].
      second: of the same shape, or a number such as a published value.
      same_model: whether both are readings of the same models.

    Raises:
      ValueError: shapes differ, or there are more than two axes.
    """
    a = np.asarray(first, np.float64)
    b = np.asarray(second, np.float64)
    if a.ndim not in (1, 2) or (b.ndim and a.shape != b.shape):
        raise ValueError(f"[seeds] or [seeds, units] twice, not {a.shape}, {b.shape}")
    differences = (a - b).reshape(len(a), -1)
    differences = differences[np.isfinite(differences).all(1)]
    seeds = len(differences)
    by_seed = differences.mean(1)
    over: Unit = "units" if same_model and a.ndim == 2 else "seeds"
    values = differences.mean(0) if over == "units" and seeds else by_seed
    found = estimate(values)
    p = p_of_mean(values) if seeds > 1 else math.nan
    if over == "units" and seeds > 1 and len(set(np.sign(by_seed))) > 1:
        p = 1.0
    return Contrast(found, p, over, seeds)


def p_of_mean(values: NDArray[np.float64]) -> float:
    """Two-sided p of the mean being 0; 1 where all values are 0, 0 for other constants.

    Values that agree to within rounding have no spread that could be tested with. Two
    of them may agree by chance, as those of a coarse measure do (89 of 100 right), and
    p = 0 would outlast every adjustment: such a pair is not testable.
    """
    if len(values) < 2:
        return math.nan
    scale = np.abs(values).max()
    if scale == 0:
        return 1.0
    if np.ptp(values) <= 1e-12 * scale:
        return 0.0 if len(values) > 2 else math.nan
    return float(stats.ttest_1samp(values, 0.0).pvalue)
