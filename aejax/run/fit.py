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
from aejax.run.program import Programs, Task, compiler_options, initialise
from aejax.run.settings import Settings
from aejax.run.workdir import Workdir

log = logging.getLogger("aejax")


class Trained(NamedTuple):
    """A group after its training.

    Attributes:
      group: its members and padded model.
      params: [members, ...] padded parameters.
      seconds: training time per member, over all processes that took part in
        it, without compilation.
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
    members: Sequence[sweep.Member],
    task: Task,
    settings: Settings,
    workdir: Workdir,
    stage: str = "",
) -> list[Trained]:
    """Trains all members, each group as one program, resuming what is there.

    Args:
      members: of any structures, with names that no other stage uses.
      task: what they are trained on.
      settings: the shared flags.
      workdir: of the run.
      stage: a word that tells several trainings of one run apart.

    Raises:
      UserError: a loss is not finite, or memory is too small for one member.
      Stopped: a signal came; the state is saved.
    """
    programs = Programs(task, settings.executor)
    prefix = f"{stage}_" if stage else ""
    place = f"checkpoints/{stage}_plan.json" if stage else "plan.json"
    groups = workdir.remembered(
        place, lambda: plan.make(members, task, settings, programs)
    )
    trained = []
    for number, positions in enumerate(groups):
        group = sweep.make_group(members, positions)
        folder = workdir / "checkpoints" / f"{prefix}group_{number}"
        with checkpoint.open_folder(folder) as manager:
            trained.append(
                _fit_group(group, task, settings, programs, manager, workdir)
            )
    return trained


def _fit_group(
    group: sweep.Group,
    task: Task,
    settings: Settings,
    programs: Programs,
    manager: ocp.CheckpointManager,
    workdir: Workdir,
) -> Trained:
    names = [member.name for member in group.members]
    hyper, begun = _start(group, task, manager)
    _announce(names, begun.step, settings)
    at, saved = begun, time.monotonic()
    with (
        interrupt.graceful() as request,
        records.Recorder(workdir.path, names, begun.step, settings.steps) as recorder,
    ):
        chunks = _advance(begun, hyper, group, task, settings, programs)
        for at, metrics in chunks:
            _check_finite(metrics, names, at.step, manager)
            recorder.write(at.step, metrics)
            is_last = at.step == settings.steps
            is_due = time.monotonic() - saved >= settings.checkpoint_seconds
            if is_due or is_last or request.signum:
                checkpoint.save(manager, at.step, at.state, {"seconds": at.seconds})
                saved = time.monotonic()
            if request.signum:
                raise interrupt.Stopped(request.signum, at.step)
    return Trained(group, at.state["params"], at.seconds / len(names))


def _announce(names: Sequence[str], first: int, settings: Settings) -> None:
    if first < settings.steps:
        count = f"{len(names)} models" if len(names) > 1 else names[0]
        log.info(
            "training %s from step %d to %d as one program (executor %s)",
            count, first, settings.steps, settings.executor,
        )  # fmt: skip


def _start(
    group: sweep.Group, task: Task, manager: ocp.CheckpointManager
) -> tuple[train.Hyper, Progress]:
    """The newest checkpoint, or the members' initial states."""
    begin = partial(initialise, group, task)
    abstract, _ = jax.eval_shape(begin)
    restored = checkpoint.restore(manager, abstract)
    if restored is None:
        state, hyper = jax.jit(begin, compiler_options=compiler_options(1))()
        return hyper, Progress(0, state, 0.0)
    step, state, host = restored
    return sweep.hypers(group), Progress(step, state, host["seconds"])


def _advance(
    begun: Progress,
    hyper: train.Hyper,
    group: sweep.Group,
    task: Task,
    settings: Settings,
    programs: Programs,
) -> Iterator[tuple[Progress, dict[str, np.ndarray]]]:
    """Runs chunk after chunk; yields where it stands and the chunk's metrics."""
    arrays = (task.data, task.held_out)
    progress = begun
    while progress.step < settings.steps:
        steps = min(settings.chunk, settings.steps - progress.step)
        program = programs.get(group, steps)
        # A restored state is on one device; a sharded program wants it on all.
        inputs = jax.device_put(
            (progress.state, hyper, arrays), program.input_shardings[0]
        )
        began = time.monotonic()
        state, metrics = jax.block_until_ready(program(*inputs))
        seconds = progress.seconds + time.monotonic() - began
        progress = Progress(progress.step + steps, state, seconds)
        yield progress, {name: np.asarray(column) for name, column in metrics.items()}


def _check_finite(
    metrics: Mapping[str, np.ndarray],
    names: Sequence[str],
    step: int,
    manager: ocp.CheckpointManager,
) -> None:
    finite = np.logical_and.reduce(
        [
            np.isfinite(column).reshape(len(names), -1).all(-1)
            for column in metrics.values()
        ]
    )
    finite &= metrics["finite"]
    lost = [name for name, is_good in zip(names, finite, strict=True) if not is_good]
    if not lost:
        return
    good = manager.latest_step()
    kept = (
        "no checkpoint was saved before"
        if good is None
        else f"the good checkpoint of step {good} stays in {manager.directory}"
    )
    raise UserError(
        f"the loss or a weight of {', '.join(lost)} is no longer finite at step "
        f"{step}; {kept}. Try a smaller --learning_rate, with --overwrite or another "
        "--workdir"
    )
