"""Claims over seeds that say in words what they compare."""

from collections.abc import Mapping

from aejax.lab.design import Condition, Measure
from aejax.lab.question import Expect, Expecting
from aejax.lab.results import Results

Comparison = tuple[Condition, Condition, Measure, str]
"""The first minus the second condition, in a measure, must have an outcome."""


def minus(
    results: Results, of: Condition, against: Condition, measure: Measure, outcome: str
) -> Expect:
    """The difference of two conditions, worded by their labels and the measure's.

    Args:
      results: over conditions and seeds.
      of: a condition with every seed.
      against: another one, paired by seed; one that has a single seed is computed
        without chance, and its value is taken as known.
      measure: of both.
      outcome: that the difference must have, such as "lower".
    """
    expecting = Expecting(results)
    words = f"{measure.label}: {of.label} minus {against.label}"
    words = words[0].upper() + words[1:]
    if against.seeds != 1:
        return expecting.versus(of, against, measure, outcome, words)
    value = results.mean(measure, against)
    return expecting.beats(of, measure, value, outcome, words, against.label)


def all_minus(
    results: Results, comparisons: Mapping[str, Comparison]
) -> dict[str, Expect]:
    """`minus` of each, by the name of the claim."""
    return {name: minus(results, *parts) for name, parts in comparisons.items()}
