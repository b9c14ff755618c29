"""Figures and names as parts of sentences."""

import math
from collections.abc import Sequence

from aejax.metrics.summary import Spread, verdict
from aejax.report.tables import interval, number


def listed(words: Sequence[str]) -> str:
    """The words as in "depth, width and dense layers"; at least one."""
    *rest, last = words
    return f"{', '.join(rest)} and {last}" if rest else last


def difference(found: Spread, spec: str, sides: tuple[str, str] | None = None) -> str:
    """A mean difference with its 95 % interval; of a single run the mean alone.

    Args:
      found: mean of paired differences.
      spec: format of its figures, as in "+.2f".
      sides: what is said where all of the interval is below and above zero, as in
        `summary.verdict`; without them nothing is said.
    """
    mean = number(found.mean, spec)
    if math.isnan(found.half_width):
        return mean
    shown = f"{mean} {interval(found.interval, spec)}"
    return f"{shown}, {verdict(found, *sides)}" if sides else shown
