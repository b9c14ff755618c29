"""The verbs of an experiment: fit, kept, predict, evaluate, cached, results."""

import dataclasses
import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aejax import pretrained, sweep
from aejax.algorithm import Maker
from aejax.lab import arrange
from aejax.lab.arrange import AllMeasured
from aejax.lab.data import Data, arrays
from aejax.lab.design import Condition, Measure
from aejax.lab.results import Results
from aejax.lab.run import fingerprint, workdir
from aejax.lab.training import fit as training
from aejax.lab.training import predict
from aejax.lab.training.fit import Trained
from aejax.lab.training.predict import Evaluate
from aejax.train import FINE

log = logging.getLogger("aejax")


@dataclasses.dataclass(frozen=True, eq=False)
class Lab:
    """What a study is given.

    Attributes:
      options: of the study, with steps resolved.
      data: the data set.
      measures: that the study declares.
      folder: where everything is written; None for memory alone.
    """

    options: Any
    data: Data
    measures: tuple[Measure, ...]
    folder: workdir.Workdir | None

    @property
    def epochs(self) -> float:
        """Passes over the training images."""
        return self.options.steps / self.steps_per_epoch

    @property
    def steps_per_epoch(self) -> float:
        """Steps of one pass over the training images."""
        return len(self.data.train.images) / self.options.batch_size

    def members(self, conditions: Sequence[Condition]) -> list[sweep.Member]:
        """Every condition that has a model with every seed."""
        options = self.options
        return [
            sweep.Member(
                name=condition.member(seed),
                model=condition.model,
                seed=seed,
                data_seed=0 if options.shared_batches else seed,
                hparams={
                    "learning_rate": options.learning_rate,
                    **condition.hparams,
                },
            )
            for condition in conditions
            if condition.model is not None
            for seed in range(self.seeds(condition))
        ]

    def seeds(self, condition: Condition) -> int:
        """How many seeds a condition has."""
        limit = condition.seeds
        return self.options.seeds if limit is None else min(limit, self.options.seeds)

    def fit(
        self,
        conditions: Sequence[Condition],
        algorithm: Maker,
        *,
        stage: str = "",
        data: Any = None,
        held_out: Any = None,
        steps: int | None = None,
        batch_size: int | None = None,
        every: int | None = None,
    ) -> Trained:
        """Trains all conditions with all seeds, and saves each as a model alone.

        Args:
          conditions: of any structures.
          algorithm: `model -> Algorithm`.
          stage: a word that distinguishes several trainings of one run.
          data: training arrays; images and labels of the training set if None.
          held_out: arrays for the evaluation on the way; the test set's if None.
          steps: of the training; those of the options if None.
          batch_size: examples per step; that of the options if None.
          every: steps of a chunk; that of the options if None.
        """
        trained = training.fit(
            self.members(conditions),
            algorithm,
            arrays(self.data.train) if data is None else data,
            steps=steps or self.options.steps,
            batch_size=batch_size or self.options.batch_size,
            held_out=arrays(self.data.test) if held_out is None else held_out,
            folder=None if self.folder is None else self.folder.path,
            stage=stage,
            every=every or self.options.chunk,
            **self._how(),
        )
        if self.folder is not None:
            _save(trained, self.folder.path)
        return trained

    def kept(
        self,
        kind: str,
        members: Sequence[sweep.Member],
        algorithm: Maker,
        data: Any,
        held_out: Any,
        *,
        steps: int,
        batch_size: int,
        every: int | None = None,
    ) -> Trained:
        """Trains what other runs may need, too, once, and keeps it.

        That is in `options.cache_dir`, where every run finds it, or inside the workdir.
        An equal training that was finished there before is found again; each member is
        saved as a model alone.

        Args:
          kind: folder in which they are kept, such as "encoders".
          members: what is trained.
          algorithm: `model -> Algorithm`.
          data: training arrays.
          held_out: arrays for the evaluation on the way.
          steps: of training.
          batch_size: examples per step.
          every: steps of a chunk; about 100 if None.

        Raises:
          UserError: another process is training the same.
        """
        options, every = self.options, every or chunk_length(steps, 100)
        how = {"steps": steps, "batch_size": batch_size, **self._how()}
        if self.folder is None:
            return training.fit(
                members, algorithm, data, held_out=held_out, every=every, **how
            )
        schedule = {"steps": steps, "batch_size": batch_size, "every": every}
        facts = fingerprint.of(members, algorithm, data, held_out, schedule)
        digest = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:8]
        own = self.folder / "checkpoints" / "kept"
        root = own if options.cache_dir is None else Path(options.cache_dir)
        name = self.data.name.replace("/", "_")
        path = root / kind / f"{name}-{digest}"
        wait = f"wait for it to end: it trains the {kind} that this run needs, too"
        log.info("%s are kept in %s", kind, path)
        with workdir.locked(path, wait):
            trained = training.fit(
                members,
                algorithm,
                data,
                held_out=held_out,
                folder=path,
                every=every,
                **how,
            )
            _save(trained, path)
            return trained

    def _how(self) -> dict[str, Any]:
        options = self.options
        limit = options.memory_gb
        return {
            "executor": options.executor,
            "memory_limit": None if limit is None else int(limit * 1e9),
            "checkpoint_seconds": options.checkpoint_seconds,
        }

    def predict(
        self, trained: Trained, function: predict.Predict, examples: Any
    ) -> dict[str, Any]:
        """`function(model, params, batch)` of all members; see `training.predict`."""
        return predict.predict(
            function, trained, examples, executor=self.options.executor
        )

    def evaluate(
        self, trained: Trained, function: Evaluate, data: Any
    ) -> dict[str, Any]:
        """`function(model, params, data, hparams)` of all members."""
        return predict.evaluate(function, trained, data, executor=self.options.executor)

    def cached(self, name: str, make: Callable[[], Any]) -> Any:
        """JSON that is made once per run, and read back when the run is resumed."""
        if self.folder is None:
            return workdir.remembered(None, make)
        path = self.folder / workdir.CACHE / f"{name}.json"
        return workdir.remembered(path, make)

    def alive(
        self, conditions: Sequence[Condition], trained: Trained
    ) -> Iterator[tuple[Condition, int, str]]:
        """Condition, seed and name of every member that did not diverge."""
        names = {member.name for member in trained.members}
        for condition in conditions:
            for seed in range(self.seeds(condition)):
                name = condition.member(seed)
                if name in names and name not in trained.diverged:
                    yield condition, seed, name

    def results(
        self,
        conditions: Sequence[Condition],
        measured: AllMeasured,
        trained: Sequence[Trained] = (),
        *,
        baselines: Mapping[str, Mapping[str, Any]] | None = None,
        unit: str = "",
        rows_of_units: bool = False,
        facts: Mapping[str, Any] | None = None,
    ) -> Results:
        """Arranges what was measured as arrays over conditions and seeds.

        Args:
          conditions: in the order of tables.
          measured: of each condition and seed; what lacks is nan.
          trained: whose records, times and divergences are taken in.
          baselines: name -> measure -> [conditions] or a number.
          unit: plural word for what arrays among the scalars are over.
          rows_of_units: whether results.csv has a line per unit.
          facts: for the report.
        """
        seconds = {n: s for t in trained for n, s in t.seconds.items()}
        diverged = {n: s for t in trained for n, s in t.diverged.items()}
        names = [
            [condition.member(seed) for seed in range(self.options.seeds)]
            for condition in conditions
        ]
        return Results(
            options=self.options,
            data=self.data,
            conditions=tuple(conditions),
            measures=self.measures,
            values=arrange.values(
                conditions, measured, self.options.seeds, self.measures
            ),
            baselines=baselines or {},
            records=[record for t in trained for record in t.records],
            arrays=arrange.arrays(conditions, measured),
            diverged=np.array([[diverged.get(n, FINE) for n in own] for own in names]),
            seconds=np.array([[seconds.get(n, np.nan) for n in own] for own in names]),
            unit=unit,
            rows_of_units=rows_of_units,
            facts=facts or {},
        )


def _save(trained: Trained, folder: Path) -> None:
    for member in trained.members:
        model, own = trained[member.name]
        pretrained.save(folder / "models" / member.name, model, own)


def chunk_length(steps: int, about: int) -> int:
    """The divisor of `steps` nearest to `about`, within a factor of two.

    A chunk that divides the run needs one program; where there is no such
    divisor the last chunk is shorter and needs a second one.
    """
    about = min(about, steps)
    near = [n for n in range(-(-about // 2), 2 * about + 1) if steps % n == 0]
    return min(near, key=lambda n: abs(n - about), default=about)
