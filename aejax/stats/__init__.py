"""One rule of significance, for every figure that is compared.

Different models differ by their seeds: the seed is the sampling unit, however many
images each model is measured on. Two readings of the same models (arc against line,
two samplers on one decoder) may be compared over units (images, pairs, splits), and
differ only if every seed agrees in sign. With one seed nothing can be tested.
Several claims of one table are adjusted together by `holm`; intervals are not.
"""

from aejax.stats.contrasts import (
    LEVEL,
    Contrast,
    Estimate,
    Interval,
    Unit,
    contrast,
    estimate,
)
from aejax.stats.families import choice, holm
from aejax.stats.ranks import (
    RankCorrelation,
    from_z,
    rank_agreement,
    rank_correlation,
    to_z,
)
from aejax.stats.trends import trend
from aejax.stats.variance import Shares, shares_of_variance

__all__ = [
    "LEVEL",
    "Contrast",
    "Estimate",
    "Interval",
    "RankCorrelation",
    "Shares",
    "Unit",
    "choice",
    "contrast",
    "estimate",
    "from_z",
    "holm",
    "rank_agreement",
    "rank_correlation",
    "shares_of_variance",
    "to_z",
    "trend",
]
