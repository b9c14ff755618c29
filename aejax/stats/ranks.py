"""Does one quantity order things as another one does?"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from aejax.stats.contrasts import LEVEL, Estimate, Interval


class RankCorrelation(NamedTuple):
    """Spearman's rank correlation.

    Attributes:
      value: in [-1, 1]; nan with fewer than two pairs, or where one side is constant.
      interval: 95 % interval (Bonett & Wright 2000); nan with fewer than four pairs.
      n: pairs.
    """

    value: float
    interval: Interval
    n: int


def rank_correlation(x: ArrayLike, y: ArrayLike) -> RankCorrelation:
    """Does one quantity order things as another one does?

    Pairs with a value that is not finite are left out.

    Args:
      x: [n].
      y: [n].

    Raises:
      ValueError: they are no vectors of one length.
    """
    first, second = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(
            f"two vectors of one length, not {first.shape}, {second.shape}"
        )
    kept = np.isfinite(first) & np.isfinite(second)
    first, second, nan = first[kept], second[kept], math.nan
    n = len(first)
    if n < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return RankCorrelation(nan, (nan, nan), n)
    ranks = [stats.rankdata(values) for values in (first, second)]
    value = float(np.clip(np.corrcoef(*ranks)[0, 1], -1, 1))
    if n < 4:
        return RankCorrelation(value, (nan, nan), n)
    reach = float(stats.norm.ppf(1 - LEVEL / 2)) * math.sqrt(
        (1 + value**2 / 2) / (n - 3)
    )
    # A perfect order would have an infinite transform, and an interval of one point.
    middle = math.atanh(np.clip(value, -1 + 1e-12, 1 - 1e-12))
    low, high = math.tanh(middle - reach), math.tanh(middle + reach)
    return RankCorrelation(value, (low, high), n)


def rank_agreement(
    x: ArrayLike, y: ArrayLike, groups: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Spearman's rank correlation of each column, the mean over groups of rows.

    Args:
      x: [n, seeds].
      y: [n, seeds].
      groups: [n], rows that are compared with each other have equal ones; None for all
        with all.

    Returns:
      [seeds]; nan where a group has no correlation.
    """
    first, second = np.asarray(x, np.float64), np.asarray(y, np.float64)
    own = np.zeros(len(first)) if groups is None else np.asarray(groups)
    rows = [own == group for group in np.unique(own)]
    return np.array(
        [
            np.mean([rank_correlation(a[i], b[i]).value for i in rows])
            for a, b in zip(first.T, second.T, strict=True)
        ]
    )


def to_z(correlations: ArrayLike) -> NDArray[np.float64]:
    """Fisher's z of correlations, for means and intervals; a perfect one counts 0.999.

    Its own would be infinite.
    """
    return np.asarray(np.arctanh(np.clip(np.asarray(correlations), -0.999, 0.999)))


def from_z(found: Estimate) -> Estimate:
    """A mean of Fisher's z and its interval as correlations; without a deviation."""
    low, high = (math.tanh(end) for end in found.interval)
    return Estimate(math.tanh(found.mean), math.nan, (low, high), found.n)
