"""One experiment from its flags to its report."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import flax.linen as nn
import jax.numpy as jnp
import numpy as np

from aejax import data, pretrained, sweep
from aejax.report import versions
from aejax.report.atomic import write_atomically
from aejax.report.html import Report, Section
from aejax.report.tables import Table, write_csv
from aejax.run import settings as shared
from aejax.run import workdir as folders
from aejax.run.fit import Trained, fit
from aejax.run.program import Task
from aejax.run.settings import Settings
from aejax.run.workdir import Workdir

log = logging.getLogger("aejax")


class Study(NamedTuple):
    """What an experiment is given.

    Attributes:
      settings: the shared flags.
      workdir: where everything is written.
      dataset: facts about the data set, as `data.describe` gives them.
      train: training images and labels.
      test: test images and labels.
    """

    settings: Settings
    workdir: Workdir
    dataset: Mapping[str, Any]
    train: data.Images
    test: data.Images

    def fit(
        self, members: Sequence[sweep.Member], task: Task, stage: str = ""
    ) -> list[Trained]:
        """Trains the members and saves each as a stand-alone model.

        Args:
          members: of any structures.
          task: what they are trained on.
          stage: a word that tells several trainings of one run apart.
        """
        trained = fit(members, task, self.settings, self.workdir, stage)
        for group, params, _ in trained:
            for i, member in enumerate(group.members):
                own = sweep.take(params, group, i, task.example)
                pretrained.save(
                    self.workdir / "models" / member.name, member.model, own
                )
        return trained

    def members(
        self,
        models: Mapping[str, nn.Module],
        hyper: Mapping[str, Mapping[str, float]] | None = None,
    ) -> list[sweep.Member]:
        """Every model with every seed, named `<name>,seed=<seed>`.

        Args:
          models: name -> network at its own size.
          hyper: name -> what its recipe takes beside the learning rate.
        """
        own = hyper or {}
        return [
            sweep.Member(
                name=f"{name},seed={seed}",
                model=model,
                seed=seed,
                data_seed=0 if self.settings.shared_batches else seed,
                hyper={
                    "learning_rate": self.settings.learning_rate,
                    **own.get(name, {}),
                },
            )
            for name, model in models.items()
            for seed in range(self.settings.seeds)
        ]

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of the images."""
        height, width, channels = self.train.images.shape[1:]
        return height, width, channels


class Results(NamedTuple):
    """What an experiment gives back.

    Attributes:
      rows: one mapping per member for results.csv, configuration first.
      table: the headline, for console and report.
      conclusion: what was found, computed from the figures of this run.
      sections: the report's parts.
    """

    rows: Sequence[Mapping[str, object]]
    table: Table
    conclusion: str
    sections: Sequence[Section]


def conduct(
    name: str,
    title: str,
    experiment: Callable[[Study], Results],
    *,
    own_flags: tuple[str, ...],
    default_steps: int,
    default_dataset: str = data.DEFAULT,
    held_out: int = 0,
    check: Callable[[Mapping[str, Any], Mapping[str, data.Images]], None] | None = None,
) -> None:
    """Runs an experiment, or shows what its finished workdir holds.

    Args:
      name: of the experiment; its default workdir is checkpoints/<name>.
      title: of its report.
      experiment: trains, measures and draws.
      own_flags: names of the experiment's own flags that decide its results.
      default_steps: training steps where no flag says otherwise.
      default_dataset: the data set where no flag says otherwise.
      held_out: the experiment does not train on one training image of so many.
      check: given the facts about the data set and its splits, raises a UserError
        where flags do not suit them, before the workdir is touched.

    Raises:
      UserError: anything that the user can mend.
      Stopped: a signal came while a sweep was trained.
    """
    path, overwrite = shared.workdir(name)
    chosen = _dataset(path, overwrite, default_dataset)
    _, data_dir = shared.dataset()
    described = data.describe(chosen.name, data_dir)
    examples = described["splits"]["train"]
    examples -= examples // held_out if held_out else 0
    run_settings = shared.settings(examples, default_steps)
    split = {s: data.load(chosen.name, s, data_dir) for s in ("train", "test")}
    if check is not None:
        check(described, split)
    config = {
        "experiment": name,
        "settings": {**shared.deciding(own_flags), "steps": run_settings.steps},
        "dataset": described,
        "notes": [chosen.note] if chosen.note else [],
        "environment": {
            **versions.environment(),
            "executor": run_settings.executor,
        },
    }
    with folders.opened(path, config, overwrite) as folder:
        if folder.finished:
            log.info("%s holds the finished run:", path)
        else:
            began = time.monotonic()
            study = Study(run_settings, folder, described, **split)
            results = experiment(study)
            _publish(title, config, folder, results, time.monotonic() - began)
        print((folder / "summary.txt").read_text(), end="")


def _dataset(path: Path, overwrite: bool, default: str) -> data.Resolved:
    """The data set of the flags, or of the run that is to be continued."""
    asked, data_dir = shared.dataset()
    before = None if overwrite else folders.configuration(path)
    if asked is None and before is not None:
        note = " ".join(before["notes"])
        chosen = data.Resolved(before["dataset"]["name"], note)
    else:
        chosen = data.resolve(asked, data_dir, default)
    if chosen.note:
        log.warning(chosen.note)
    return chosen


def _publish(
    title: str,
    config: Mapping[str, Any],
    folder: Workdir,
    results: Results,
    seconds: float,
) -> None:
    """Writes results, figures and report; the summary, last, marks the end."""
    name, splits = config["dataset"]["name"], config["dataset"]["splits"]
    sizes = " + ".join(f"{splits[split]:,}" for split in ("train", "test"))
    write_csv(folder / "results.csv", [{"dataset": name, **r} for r in results.rows])
    report = Report(
        title=title,
        subtitle=f"{name}, {sizes} images",
        conclusion=results.conclusion,
        sections=results.sections,
        notes=config["notes"],
        facts={
            "configuration": config["settings"],
            "data set": config["dataset"],
            "environment": config["environment"],
            "wall time [s], last process": round(seconds, 1),
        },
    )
    report.save_figures(folder / "figures")
    report.write(folder / "report.html")
    lines = [
        *config["notes"],
        f"{title} ({name}, {sizes} images)",
        "",
        results.table.text(),
        "",
        results.conclusion,
        "",
        f"report: {folder / 'report.html'}",
    ]
    write_atomically(folder / "summary.txt", ("\n".join(lines) + "\n").encode())


def arrays(images: data.Images) -> dict[str, Any]:
    """A split on the device, as the engine takes it."""
    return {"image": jnp.asarray(images.images), "label": jnp.asarray(images.labels)}


def one_per_class(labels: np.ndarray) -> np.ndarray:
    """Place of the first example of each class, classes rising."""
    return np.unique(labels, return_index=True)[1]
