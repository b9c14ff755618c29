"""Several claims at once, or a pair that was picked by looking at all."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aejax.stats.contrasts import Contrast, contrast


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
