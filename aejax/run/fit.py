"""Trains a sweep to its end: groups, chunks, records, checkpoints."""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np
import orbax.checkpoint as ocp

from aejax import checkpoint, sweep, train
from aejax.errors import UserError
from aejax.run import interrupt, plan, records
from aejax.run.program import Programs, Task, initialise
from aejax.run.settings import Settings
from aejax.run.workdir import Workdir

log = logging.getLogger("aejax")


class Trained(NamedTuple):
    """A group after its training.

    Attributes:
      group: its members and padded model.
      params: [members, ...] padded parameters.
      seconds: training time of the whole group, over all processes that took
        part in it, without compilation.
    """

    group: sweep.Group
    params: Any
    seconds: float


class Progress(NamedTuple):
    """Where the training of a group stands.

    Attributes:
      step: steps done.
      state: stacked states of the members.
      seconds: time spent in those steps.
    """

    step: int
    state: train.State
    seconds: float


def fit(
    members: Sequence[sweep.Member], task: Task, settings: Settings, workdir: Workdir
) -> list[Trained]:
    """Trains all members, each group as one program, resuming what is there.

    Raises:
      UserError: a loss is not finite, or memory is too small for one member.
      Stopped: a signal came; the state is saved.
    """
    programs = Programs(task, settings.executor)
    groups = workdir.remembered(
        "plan.json", lambda: plan.make(members, task, settings, programs)
    )
    return [
        _fit_group(
            sweep.make_group(members, positions),
            task,
            settings,
            programs,
            workdir,
            workdir / "checkpoints" / f"group_{number}",
        )
        for number, positions in enumerate(groups)
    ]


def _fit_group(group, task, settings, programs, workdir, folder) -> Trained:
    names = [member.name for member in group.members]
    with checkpoint.open_folder(folder) as manager, interrupt.graceful() as request:
        hyper, progress = _start(group, task, manager)
        if progress.step < settings.steps:
            log.info(
                "training %s from step %d to %d as one program (%s)",
                _called(names), progress.step, settings.steps, settings.executor,
            )  # fmt: skip
        with records.Recorder(
            workdir.path, names, progress.step, settings.steps
        ) as recorder:
            saved = time.monotonic()
            for progress, metrics in _advance(
                progress, hyper, group, task, settings, programs
            ):
                _check_finite(metrics, names, progress.step, workdir)
                recorder.write(progress.step, metrics)
                now = time.monotonic()
                done = progress.step == settings.steps
                due = now - saved >= settings.checkpoint_seconds
                if due or done or request.signum:
                    checkpoint.save(
                        manager,
                        progress.step,
                        progress.state,
                        {"seconds": progress.seconds},
                    )
                    saved = now
                if request.signum and not done:
                    manager.wait_until_finished()
                    raise interrupt.Stopped(request.signum, progress.step)
    return Trained(group, progress.state["params"], progress.seconds)


def _start(
    group: sweep.Group, task: Task, manager: ocp.CheckpointManager
) -> tuple[train.Hyper, Progress]:
    """The newest checkpoint, or the members' initial states."""
    begin = partial(initialise, group, task)
    abstract, _ = jax.eval_shape(begin)
    restored = checkpoint.restore(manager, abstract)
    if restored is None:
        state, hyper = jax.jit(begin)()
        return hyper, Progress(0, state, 0.0)
    log.info("resuming from the checkpoint of step %d", restored.step)
    return sweep.hypers(group), Progress(
        restored.step, restored.state, restored.host["seconds"]
    )


def _advance(
    progress: Progress,
    hyper: train.Hyper,
    group: sweep.Group,
    task: Task,
    settings: Settings,
    programs: Programs,
) -> Iterator[tuple[Progress, dict[str, np.ndarray]]]:
    """Runs chunk after chunk; yields where it stands and the chunk's metrics."""
    arrays = (task.data, task.held_out)
    while progress.step < settings.steps:
        steps = min(settings.chunk, settings.steps - progress.step)
        program = programs.get(group, steps)
        began = time.monotonic()
        state, metrics = jax.block_until_ready(program(progress.state, hyper, arrays))
        seconds = progress.seconds + time.monotonic() - began
        progress = Progress(progress.step + steps, state, seconds)
        yield progress, {name: np.asarray(column) for name, column in metrics.items()}


def _check_finite(
    metrics: Mapping[str, np.ndarray], names: Sequence[str], step: int, workdir: Workdir
) -> None:
    good = np.logical_and.reduce([np.isfinite(column) for column in metrics.values()])
    good &= metrics["finite"]
    lost = [name for name, is_good in zip(names, good, strict=True) if not is_good]
    if lost:
        raise UserError(
            f"the loss or a weight of {', '.join(lost)} is no longer finite at step "
            f"{step}; the last good checkpoint stays in {workdir / 'checkpoints'}. "
            "Try a smaller --learning_rate, with --overwrite or another --workdir"
        )


def _called(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} models ({names[0]} ...)"
