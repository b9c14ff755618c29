"""From what was measured of single models to arrays over conditions and seeds."""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np

from aejax.lab.design import Condition, Measure, Measured

AllMeasured = Mapping[tuple[Condition, int], Measured]
"""(condition, seed) -> what was measured of it."""


def values(
    conditions: Sequence[Condition],
    measured: AllMeasured,
    seeds: int,
    measures: Sequence[Measure],
) -> dict[str, np.ndarray]:
    """Each measure as [conditions, seeds(, units)]; nan where there is none."""
    found = {}
    for measure in measures:
        known = {
            key: np.asarray(jax.device_get(one.scalars[measure.name]), np.float64)
            for key, one in measured.items()
            if one.scalars.get(measure.name) is not None
        }
        # A number, such as that of real images, counts for every unit.
        shape = np.broadcast_shapes(*(v.shape for v in known.values()))
        values = np.full((len(conditions), seeds, *shape), np.nan)
        for (condition, seed), value in known.items():
            values[conditions.index(condition), seed] = value
        found[measure.name] = values
    return found


def of_all_seeds(
    conditions: Sequence[Condition], measured: AllMeasured, name: str
) -> list[np.ndarray | None]:
    """An array of each condition, [seeds, ...] of those that have it."""

    def stacked(condition: Condition) -> np.ndarray | None:
        own = [one for (c, _), one in measured.items() if c is condition]
        return np.stack([one.arrays[name] for one in own]) if own else None

    return [stacked(condition) for condition in conditions]


def arrays(
    conditions: Sequence[Condition], measured: AllMeasured
) -> dict[str, list[Any]]:
    """Each array of the first seed of each condition."""
    first: dict[int, Mapping[str, Any]] = {}
    for condition, seed in sorted(measured, key=lambda key: key[1]):
        first.setdefault(conditions.index(condition), measured[condition, seed].arrays)
    names = dict.fromkeys(name for own in first.values() for name in own)
    return {
        name: [first.get(place, {}).get(name) for place in range(len(conditions))]
        for name in names
    }
