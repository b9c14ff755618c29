"""An experiment: a question, a design, what is measured, and what is reported.

>>> from experiments import decorrelation
>>> results = decorrelation.EXPERIMENT.run(zdims=(4, 8), steps=200)
"""

import dataclasses
import difflib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import flax.linen as nn

from aejax import data as datasets
from aejax.algorithm import Algorithm
from aejax.errors import AnotherRunError, UserError
from aejax.lab import loading
from aejax.lab.blocks import publish
from aejax.lab.blocks.sections import Section
from aejax.lab.checked import OptionError
from aejax.lab.data import Data, arrays
from aejax.lab.design import Condition, Measure, Measured
from aejax.lab.laboratory import Lab, chunk_length
from aejax.lab.needs import ANY, Needs
from aejax.lab.options import Options
from aejax.lab.results import Results
from aejax.lab.run import fingerprint, provenance, workdir
from aejax.lab.run.files import writing
from aejax.lab.training import machine

log = logging.getLogger("aejax")

Baselines = Mapping[str, Mapping[str, Any]]
"""name -> measure -> [conditions], or a number for all of them."""


def no_baselines(options: Any, data: Data) -> Baselines:
    """Of a study that has none."""
    del options, data
    return {}


def no_check(options: Any, data: Data) -> None:
    """Of a study whose options suit all data."""
    del options, data


@dataclasses.dataclass(frozen=True)
class Experiment:
    """A study, as its file declares it.

    Either `design`, `algorithm`, `predict` and `measure` describe it, or `study`
    replaces that pipeline by a function of its own over the same verbs.

    Attributes:
      name: of its command and of its default workdir.
      title: of its report, or a function of the options.
      question: the docstring of its file.
      options: a class of `Options`.
      measures: what is measured of every model.
      report: `results -> sections`.
      design: `(options, data) -> conditions`; the seeds are added.
      algorithm: `(options, model) -> Algorithm`.
      predict: `(model, params, batch) -> tree`, per example; on the device, all
        members at once.
      measure: `(condition, what predict gave of the test images, data) -> Measured`.
      baselines: `(options, data) -> Baselines`.
      study: `lab -> Results`, instead of these five.
      check: `(options, data)`, raises a UserError where they do not suit each other;
        called before a workdir is made.
      dataset: the data set where none is asked for.
      hold_out: one training image of so many is held out as `data.validation`; 0 for
        none.
      source: `options -> data`, of a study that is not of one data set.
      needs: labels and numbers of images that the study needs.
    """

    name: str
    title: str | Callable[[Any], str]
    question: str
    options: type[Options]
    measures: tuple[Measure, ...]
    report: Callable[[Results], Sequence[Section]]
    design: Callable[[Any, Data], Sequence[Condition]] | None = None
    algorithm: Callable[[Any, nn.Module], Algorithm] | None = None
    predict: Callable[[nn.Module, Any, Any], Any] | None = None
    measure: Callable[[Condition, Any, Data], Measured] | None = None
    baselines: Callable[[Any, Data], Baselines] = no_baselines
    study: Callable[[Lab], Results] | None = None
    check: Callable[[Any, Data], None] = no_check
    dataset: str = datasets.DEFAULT
    hold_out: int = 0
    source: Callable[[Any], Data] | None = None
    needs: Needs = ANY

    def run(self, options: Options | None = None, **changes: Any) -> Results:
        """Runs the study.

        Args:
          options: all of them; the defaults if None.
          changes: single options by name, such as `zdims=(4, 8)`. With a `workdir`
            the run is recorded, resumes there and writes its report; without one
            everything stays in memory.

        Raises:
          UserError: anything that the user can mend.
          Stopped: a signal came.
        """
        known = [field.name for field in dataclasses.fields(self.options)]
        for name, value in changes.items():
            if name not in known:
                close = difflib.get_close_matches(name, known, n=1)
                hint = f"did you mean {close[0]}?" if close else ", ".join(known)
                raise OptionError(name, value, f"there is no such option; {hint}")
        chosen = dataclasses.replace(options or self.options(), **changes)
        machine.announce()
        results, _ = self.conduct(chosen)
        return results

    def conduct(self, options: Options) -> tuple[Results, str]:
        """`run`, and what the console shows; notes on the data are in the log."""
        prepared = self.prepare(options)
        for note in prepared.data.notes:
            log.warning(note)
        if options.workdir is None:
            lab = prepared.lab(None)
            results = self._results(lab)
            found = self.publication(results, prepared.config)
            return results, found.text(without=prepared.data.notes) + "\n"
        path = Path(options.workdir)
        with workdir.opened(path, prepared.config, options.overwrite) as folder:
            began = time.monotonic()
            results = self._begun(prepared, folder)
            found = self.publication(
                results, prepared.config, round(time.monotonic() - began, 1)
            )
            with writing(path):
                publish.write(folder, found, results)
            text = found.text(without=prepared.data.notes)
            return results, publish.with_place(text, folder)

    def _begun(self, prepared: "Prepared", folder: workdir.Workdir) -> Results:
        """Results; a run that was not to be continued gives way, if that is wanted."""
        try:
            return self._results(prepared.lab(folder))
        except AnotherRunError as error:
            if not prepared.options.overwrite:
                raise
            log.info("%s; it is overwritten", error)
            workdir.restart(folder.path, prepared.config)
            return self._results(prepared.lab(folder))

    def finished(self, options: Options) -> str | None:
        """What the console showed of the finished run in the workdir, if there is one.

        Raises:
          UserError: the folder holds a run of another configuration.
        """
        if options.workdir is None or options.overwrite or options.redraw:
            return None
        folder = workdir.Workdir(Path(options.workdir))
        if not folder.finished:
            return None
        prepared = self.prepare(options)
        with workdir.opened(folder.path, prepared.config, overwrite=False):
            text = (folder / "summary.txt").read_text(encoding="utf-8")
            return publish.with_place(text, folder)

    def publication(
        self, results: Results, config: Mapping[str, Any], seconds: float | None = None
    ) -> publish.Publication:
        """The report of results."""
        facts = {
            "configuration": config["settings"],
            "data set": config["dataset"],
            "environment": config["environment"],
        }
        if seconds is not None:
            facts["wall time [s], last process"] = seconds
        title = self.title
        if not isinstance(title, str):
            title = title(results.options)
        return publish.publication(title, self.report(results), results, facts)

    def prepare(self, options: Options) -> "Prepared":
        """Data, resolved options and configuration; checked, and nothing is written.

        Raises:
          UserError: data cannot be had, or options do not suit them.
        """
        data = (self.source or self.load)(options)
        self.needs.check(data)
        loading.check_size(options, data)
        examples = len(data.train.images)
        per_epoch = examples // options.batch_size
        steps = options.steps
        if options.epochs is not None:
            steps = max(1, round(options.epochs * per_epoch))
        chunk = chunk_length(steps, options.chunk or per_epoch)
        self.check(options, data)
        resolved = dataclasses.replace(options, epochs=None, steps=steps, chunk=chunk)
        models = options.named_models()
        config = {
            "experiment": self.name,
            "settings": {**options.deciding(), "steps": steps, "chunk": chunk},
            "models": {n: fingerprint.content(path) for n, path in models.items()},
            "dataset": dict(data.facts),
            "data": data.content(),
            "numerics": fingerprint.numerics(),
            "notes": list(data.notes),
            "environment": {
                **provenance.environment(),
                "experiment file": provenance.digest(self.options.__module__),
                "executor": options.executor,
                loading.SOURCE: dict(data.source),
            },
        }
        return Prepared(self, resolved, data, config)

    def load(self, options: Options) -> Data:
        """The data set of the options, or of the run that is to be continued."""
        return loading.load(options, self.dataset, self.hold_out)

    def _results(self, lab: Lab) -> Results:
        return self.study(lab) if self.study is not None else self.pipeline(lab)

    def pipeline(self, lab: Lab) -> Results:
        """What is done with a declared design: train, predict, measure, compare."""
        if not (self.design and self.algorithm and self.predict and self.measure):
            raise UserError(f"experiment {self.name} declares no whole design")
        conditions = list(self.design(lab.options, lab.data))
        trained = lab.fit(conditions, partial(self.algorithm, lab.options))
        found = lab.predict(trained, self.predict, arrays(lab.data.test))
        measured = {
            (condition, seed): self.measure(condition, found[name], lab.data)
            for condition, seed, name in lab.alive(conditions, trained)
        }
        baselines = self.baselines(lab.options, lab.data)
        return lab.results(conditions, measured, [trained], baselines=baselines)


@dataclasses.dataclass(frozen=True)
class Prepared:
    """What a run needs before anything is written.

    Attributes:
      experiment: the study.
      options: with steps and chunk resolved.
      data: loaded.
      config: what the run's folder is identified by.
    """

    experiment: Experiment
    options: Any
    data: Data
    config: Mapping[str, Any]

    def lab(self, folder: workdir.Workdir | None) -> Lab:
        """The laboratory of the run."""
        return Lab(self.options, self.data, self.experiment.measures, folder)
