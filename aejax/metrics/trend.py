"""Does a measure rise or fall with a size? A verdict with its uncertainty."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

Interval = tuple[float, float]

_NO_INTERVAL: Interval = (float("nan"), float("nan"))


@dataclass(frozen=True)
class Trend:
    """Slope and rank correlation of y against x, with confidence intervals.

    Attributes:
      slope: least-squares slope of the means over equal x, units of y per unit of x.
      slope_interval: its confidence interval (Student t, two degrees of freedom less
        than there are distinct x).
      order: +1 where each of these means is above the one before it, -1 where each
        is below it, else 0.
      rank_correlation: Spearman's rho of all points, in [-1, 1].
      rank_interval: its confidence interval.
      n: number of points used.
      confidence: level of both intervals.
    """

    slope: float
    slope_interval: Interval
    order: int
    rank_correlation: float
    rank_interval: Interval
    n: int
    confidence: float

    @property
    def verdict(self) -> str:
        """One of "rises", "falls" and "no trend".

        A trend needs the interval of the rank correlation to exclude zero. It has to
        hold from size to size, too: the means are in order, however bent their curve
        is, or the interval of the slope excludes zero on the same side.
        """
        (slope_low, slope_high), (low, high) = self.slope_interval, self.rank_interval
        if low > 0 and (self.order > 0 or slope_low > 0):
            return "rises"
        if high < 0 and (self.order < 0 or slope_high < 0):
            return "falls"
        return "no trend"


def trend(x: ArrayLike, y: ArrayLike, confidence: float = 0.95) -> Trend:
    """Trend of y with x; pass log2 of a size if that is the natural scale.

    The slope takes the mean over equal x as one point: by how much a size deviates
    from the straight line is common to all its seeds, so more of them do not make
    the slope more certain.

    The interval of the rank correlation is Fisher's z with the variance
    (1 + rho^2 / 2) / (n - 3) of Bonett & Wright (2000), "Sample size
    requirements for estimating Pearson, Kendall and Spearman correlations":
    deterministic, and with few distinct x a bootstrap over points fares worse.
    A perfect order has no finite z; it is taken as one swap of neighbours short
    of perfect, so that a handful of ordered points is not yet certainty.

    Args:
      x: [n] sizes; equal values (several seeds per size) are welcome.
      y: [n] measures. Points that are not finite in x or y are left out.
      confidence: level of the intervals.

    Returns:
      The trend. With fewer than 3 distinct x, fewer than 4 points or a constant
      y all estimates are nan and the verdict is "no trend".

    Raises:
      ValueError: if x and y are not vectors of equal length.
    """
    xs, ys = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if xs.ndim != 1 or xs.shape != ys.shape:
        raise ValueError(f"x and y must be [n] both, got {xs.shape} and {ys.shape}")
    finite = np.isfinite(xs) & np.isfinite(ys)
    xs, ys = xs[finite], ys[finite]
    if len(xs) < 4 or len(np.unique(xs)) < 3 or np.ptp(ys) == 0:
        nan = float("nan")
        return Trend(nan, _NO_INTERVAL, 0, nan, _NO_INTERVAL, len(xs), confidence)
    sizes, means = _means(xs, ys)
    line, steps = stats.linregress(sizes, means), np.diff(means)
    reach = stats.t.ppf((1 + confidence) / 2, len(sizes) - 2) * line.stderr
    rho = float(np.clip(stats.spearmanr(xs, ys).statistic, -1, 1))
    return Trend(
        slope=float(line.slope),
        slope_interval=(float(line.slope - reach), float(line.slope + reach)),
        order=int((steps > 0).all()) - int((steps < 0).all()),
        rank_correlation=rho,
        rank_interval=_rank_interval(rho, len(xs), confidence),
        n=len(xs),
        confidence=confidence,
    )


def _means(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct x, rising, and the mean of y at each."""
    sizes, place = np.unique(x, return_inverse=True)
    return sizes, np.bincount(place, y) / np.bincount(place)


def _rank_interval(rho: float, n: int, confidence: float) -> Interval:
    one_swap = 1 - 12 / (n**3 - n)
    inner = float(np.clip(rho, -one_swap, one_swap))
    z = np.arctanh(inner)
    error = np.sqrt((1 + inner**2 / 2) / (n - 3))
    reach = stats.norm.ppf((1 + confidence) / 2) * error
    low, high = float(np.tanh(z - reach)), float(np.tanh(z + reach))
    return (min(low, rho), max(high, rho))
