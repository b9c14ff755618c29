"""What an experiment measured: arrays over conditions and seeds, and units."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aejax import stats
from aejax.lab.design import Condition, Measure, plain
from aejax.lab.run.records import Record, curves
from aejax.train import FINE

if TYPE_CHECKING:
    import pandas as pd

    from aejax.lab.data import Data


Among = Mapping[str, Any] | Sequence[Condition] | None
"""Which conditions: those with some factors, some of them, or None for all."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Results:
    """All that a report is made from.

    Attributes:
      options: of the run.
      data: the data set.
      conditions: the design, in the order of tables.
      measures: what was measured.
      values: measure -> [conditions, seeds] or [conditions, seeds, units]; nan where
        a measure does not apply, a member diverged, or there is no such seed.
      baselines: name -> measure -> [conditions], or a number for all of them.
      records: what was recorded while training.
      arrays: name -> one entry per condition, of the first seed that did not diverge;
        None where there is none.
      diverged: [conditions, seeds] the step at which a member diverged, or -1.
      seconds: [conditions, seeds] training time of each member; nan without training.
      unit: what the units are, such as "pairs"; "" for none.
      rows_of_units: whether results.csv has a line per unit.
      facts: further facts for the report, such as choices that were made.
    """

    options: Any
    data: "Data"
    conditions: tuple[Condition, ...]
    measures: tuple[Measure, ...]
    values: Mapping[str, NDArray[np.float64]]
    baselines: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    records: Sequence[Record] = ()
    arrays: Mapping[str, Sequence[Any]] = dataclasses.field(default_factory=dict)
    diverged: NDArray[np.int64] | None = None
    seconds: NDArray[np.float64] | None = None
    unit: str = ""
    rows_of_units: bool = False
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def measure(self, name: "str | Measure") -> Measure:
        """The measure of that name.

        Raises:
          KeyError: there is none.
        """
        if isinstance(name, Measure):
            return name
        for measure in self.measures:
            if measure.name == name:
                return measure
        raise KeyError(f"no measure {name!r}")

    def find(self, **factors: Any) -> Condition:
        """The first condition with these factors.

        Raises:
          KeyError: there is none.
        """
        for condition in self.conditions:
            if all(condition.factors.get(k) == v for k, v in factors.items()):
                return condition
        raise KeyError(f"no condition with {factors}")

    def __repr__(self) -> str:
        names = ", ".join(measure.name for measure in self.measures)
        return (
            f"Results({self.data.name}: {len(self.conditions)} conditions, "
            f"{self.seeds} seeds; {names})"
        )

    def among(self, chosen: Among) -> list[Condition]:
        """The conditions that a block names."""
        if chosen is None:
            return list(self.conditions)
        return self.where(**chosen) if isinstance(chosen, Mapping) else list(chosen)

    def where(self, **factors: Any) -> list[Condition]:
        """All conditions with these factors."""
        return [
            c
            for c in self.conditions
            if all(c.factors.get(k) == v for k, v in factors.items())
        ]

    def like(self, condition: Condition, **changes: Any) -> Condition | None:
        """The condition that differs from another one in these factors alone."""
        wanted = {**condition.factors, **changes}
        return next((c for c in self.conditions if c.factors == wanted), None)

    def place(self, condition: Condition) -> int:
        """Its place among the conditions."""
        return self.conditions.index(condition)

    @property
    def seeds(self) -> int:
        """The number of seeds."""
        return next(iter(self.values.values())).shape[1]

    @property
    def steps_per_epoch(self) -> float:
        """Steps of one pass over the training images."""
        return len(self.data.train.images) / self.options.batch_size

    def of(self, measure: str | Measure, condition: Condition) -> NDArray[np.float64]:
        """A measure of a condition: [seeds] or [seeds, units]."""
        return self.values[self.measure(measure).name][self.place(condition)]

    def by_seed(
        self, measure: str | Measure, conditions: Sequence[Condition] | None = None
    ) -> NDArray[np.float64]:
        """A measure, mean over units where there are any: [conditions, seeds]."""
        chosen = self.conditions if conditions is None else conditions
        found = self.values[self.measure(measure).name]
        means = found if found.ndim == 2 else found.mean(-1)
        return means[[self.place(c) for c in chosen]]

    def estimate(self, measure: str | Measure, condition: Condition) -> stats.Estimate:
        """Mean over seeds, with its spread; members that diverged are left out."""
        return stats.estimate(self.by_seed(measure, [condition])[0])

    def mean(self, measure: str | Measure, condition: Condition) -> float:
        """Mean over seeds."""
        return self.estimate(measure, condition).mean

    def contrast(
        self,
        measure: str | Measure,
        first: Condition,
        second: Condition,
        same_model: bool = False,
    ) -> stats.Contrast:
        """`first` - `second`, paired by seed; see `stats.contrast`."""
        a, b = self.of(measure, first), self.of(measure, second)
        return stats.contrast(a, b, same_model=same_model)

    def best(
        self, measure: str | Measure, conditions: Sequence[Condition] | None = None
    ) -> Condition:
        """The condition of the best mean; the first of equal ones.

        Raises:
          ValueError: the measure has no better direction, or nothing was measured.
        """
        chosen = list(self.conditions if conditions is None else conditions)
        means = np.array([self.mean(measure, c) for c in chosen])
        return chosen[self._best(measure, means)[0]]

    def best_member(
        self, measure: str | Measure, conditions: Sequence[Condition] | None = None
    ) -> tuple[Condition, int]:
        """The single model of the best value, its condition and its seed; as `best`."""
        chosen = list(self.conditions if conditions is None else conditions)
        place, seed = self._best(measure, self.by_seed(measure, chosen))
        return chosen[place], seed

    def _best(self, measure: str | Measure, values: NDArray) -> list[int]:
        known = self.measure(measure)
        if known.better is None:
            raise ValueError(f"{known.name} is neither better lower nor higher")
        if np.isnan(values).all():
            raise ValueError(f"no {known.name} was measured")
        best = np.nanargmin if known.better == "lower" else np.nanargmax
        return [int(i) for i in np.unravel_index(best(values), values.shape)]

    def first(self, name: str) -> list[Any]:
        """An array of the first seed of each condition that has one."""
        return [found for found in self.arrays[name] if found is not None]

    def array(self, name: str, condition: Condition) -> Any:
        """An array of the first seed of a condition; None where there is none."""
        found = self.arrays.get(name)
        return None if found is None else found[self.place(condition)]

    def with_arrays(self, condition: Condition, **arrays: Any) -> "Results":
        """The same, with further arrays of one condition."""
        added = {
            name: [array if c is condition else None for c in self.conditions]
            for name, array in arrays.items()
        }
        return dataclasses.replace(self, arrays={**self.arrays, **added})

    def labelled(self, name: str, among: Among = None) -> dict[str, Any]:
        """Label -> array of the first seed, of all conditions that have one."""
        found = {c.label: self.array(name, c) for c in self.among(among)}
        return {label: array for label, array in found.items() if array is not None}

    def curves(self, metric: str, condition: Condition) -> tuple[NDArray, NDArray]:
        """Steps [n] and a metric's values [seeds, n] (or [seeds, n, ...])."""
        names = [condition.member(seed) for seed in range(self._seeds(condition))]
        known = {record["member"] for record in self.records if metric in record}
        return curves(self.records, [n for n in names if n in known], metric)

    def baseline(self, name: str, measure: str | Measure) -> NDArray | None:
        """A baseline of each condition [conditions], or None where there is none."""
        found = self.baselines.get(name, {}).get(self.measure(measure).name)
        if found is None:
            return None
        return np.broadcast_to(np.asarray(found, np.float64), len(self.conditions))

    @property
    def lost(self) -> dict[str, int]:
        """Members that diverged, and the step at which each did."""
        if self.diverged is None:
            return {}
        return {
            self.conditions[c].member(s): int(self.diverged[c, s])
            for c, s in np.argwhere(self.diverged != FINE)
        }

    def rows(self) -> list[dict[str, Any]]:
        """Lines of results.csv: a model each, or a unit of a model each."""
        return [
            row
            for place, condition in enumerate(self.conditions)
            for seed in range(self._seeds(condition))
            for row in self._rows(place, condition, seed)
        ]

    def _seeds(self, condition: Condition) -> int:
        return self.seeds if condition.seeds is None else condition.seeds

    def _rows(
        self, place: int, condition: Condition, seed: int
    ) -> list[dict[str, Any]]:
        factors = {k: plain(v) for k, v in condition.factors.items()}
        head = {"dataset": self.data.name, **factors, "seed": seed}
        tail = {}
        if self.seconds is not None:
            tail["train_seconds"] = self.seconds[place, seed]
        if self.diverged is not None and (self.diverged != FINE).any():
            step = int(self.diverged[place, seed])
            tail["diverged_at_step"] = None if step == FINE else step
        found = {name: values[place, seed] for name, values in self.values.items()}
        if not self.rows_of_units:
            means = {n: np.mean(v) for n, v in found.items()}
            return [{**head, **means, **tail}]
        units = max(np.size(v) for v in found.values())
        spread = {n: np.broadcast_to(v, units) for n, v in found.items()}
        return [
            {**head, self.unit[:-1]: u, **{n: v[u] for n, v in spread.items()}, **tail}
            for u in range(units)
        ]

    def frame(self) -> "pd.DataFrame":
        """The lines of results.csv as a pandas DataFrame."""
        import pandas as pd

        return pd.DataFrame(self.rows())
