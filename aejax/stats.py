"""One rule of significance, for every figure that is compared.

Different models differ by their seeds: the seed is the sampling unit, however many
images each model is measured on. Two readings of the same models (arc against line,
two samplers on one decoder) may be compared over units (images, pairs, splits), and
differ only if every seed agrees in sign. With one seed nothing can be tested.
Several claims of one table are adjusted together by `holm`; intervals are not.
"""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

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
    p = _p(values) if seeds > 1 else math.nan
    if over == "units" and seeds > 1 and len(set(np.sign(by_seed))) > 1:
        p = 1.0
    return Contrast(found, p, over, seeds)


def _p(values: NDArray[np.float64]) -> float:
    """Two-sided p of the mean being 0; 1 where all values are 0, 0 for other constants.

    Values that agree to within rounding have no spread that could be tested with.
    """
    if len(values) < 2:
        return math.nan
    scale = np.abs(values).max()
    if scale == 0:
        return 1.0
    if np.ptp(values) <= 1e-12 * scale:
        return 0.0
    return float(stats.ttest_1samp(values, 0.0).pvalue)


def trend(x: ArrayLike, y: ArrayLike) -> Contrast:
    """Does a measure increase or decrease with a size?

    Two tests, of which p is the larger, so that a trend needs both: Page's (Page 1963)
    of the ranks of the sizes within each seed, two-sided, and the t-test of the
    least-squares slope of each seed, whose mean and interval are the estimate. The
    order alone says nothing about the size of a change, the slope nothing about steps.

    Args:
      x: [sizes], such as log2 of a size; the order of the columns does not matter.
      y: [seeds, sizes]. Sizes without any finite value are left out, then seeds with
        a value that is not finite.

    Returns:
      Untestable (p of nan) with one seed, fewer than three sizes, or so few of both
      that even a perfect order would not be significant.

    Raises:
      ValueError: the shapes do not fit.
    """
    sizes, values = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if values.ndim != 2 or sizes.shape != values.shape[1:]:
        raise ValueError(
            f"x [sizes], y [seeds, sizes], not {sizes.shape}, {values.shape}"
        )
    kept = np.isfinite(values).any(0)
    sizes, values = sizes[kept], values[:, kept]
    values = values[np.isfinite(values).all(1)]
    seeds = len(values)
    if len(sizes) < 2 or np.ptp(sizes) == 0 or not seeds:
        return Contrast(estimate([]), math.nan, "seeds", seeds)
    centred = sizes - sizes.mean()
    slopes = values @ centred / (centred @ centred)
    found = estimate(slopes)
    # np.maximum keeps nan: what cannot be tested stays so.
    p = float(np.maximum(_page(sizes, values), _p(slopes)))
    return Contrast(found, p, "seeds", seeds)


def _page(sizes: NDArray, values: NDArray) -> float:
    seeds, count = values.shape
    best = 2 / math.factorial(count) ** seeds
    if seeds < 2 or count < 3 or best >= LEVEL:
        return math.nan
    ordered = values[:, np.argsort(sizes)]
    one_sided = [stats.page_trend_test(y).pvalue for y in (ordered, ordered[:, ::-1])]
    return min(1.0, 2 * float(min(one_sided)))


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


def choice(values: Sequence[ArrayLike], best: int, other: int) -> Contrast:
    """Contrast of two conditions that were picked by looking at all of them.

    p is multiplied by the number of pairs of conditions (Bonferroni): the pair was
    chosen because it looked different.

    Args:
      values: [seeds] of each condition.
      best: place of the one.
      other: place of the other.
    """
    found = contrast(values[best], values[other])
    pairs = len(values) * (len(values) - 1) // 2
    p = found.p * pairs
    return dataclasses.replace(found, p=1.0 if p > 1 else p)


def holm(ps: ArrayLike) -> NDArray[np.float64]:
    """Holm's adjusted p-values of one family of claims (Holm 1979).

    Args:
      ps: [claims]; nan, for what cannot be tested, stays nan and does not count.
    """
    plain = np.asarray(ps, np.float64)
    adjusted = np.full(plain.shape, np.nan)
    tested = np.flatnonzero(~np.isnan(plain))
    order = tested[np.argsort(plain[tested], kind="stable")]
    factors = len(order) - np.arange(len(order))
    adjusted[order] = np.minimum(np.maximum.accumulate(plain[order] * factors), 1)
    return adjusted


class RankCorrelation(NamedTuple):
    """Spearman's rank correlation.

    Attributes:
      value: in [-1, 1]; nan with fewer than two pairs, or where one side is constant.
      interval: 95 % interval (Bonett & Wright 2000); nan with fewer than four pairs.
      n: pairs.
    """

    value: float
    interval: tuple[float, float]
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
