"""Does a measure increase or decrease with a size?"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from aejax.stats.contrasts import LEVEL, Contrast, estimate, p_of_mean


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
    p = float(np.maximum(_page(sizes, values), p_of_mean(slopes)))
    return Contrast(found, p, "seeds", seeds)


def _page(sizes: NDArray, values: NDArray) -> float:
    seeds, count = values.shape
    best = 2 / math.factorial(count) ** seeds
    if seeds < 2 or count < 3 or best >= LEVEL:
        return math.nan
    ordered = values[:, np.argsort(sizes)]
    one_sided = [stats.page_trend_test(y).pvalue for y in (ordered, ordered[:, ::-1])]
    return min(1.0, 2 * float(min(one_sided)))
