"""Trains a sweep to its end: groups, chunks, records, checkpoints."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from aejax import batches, paths, sweep, train
from aejax.algorithm import Maker
from aejax.errors import UserError
from aejax.lab.run import belongings, fingerprint, interrupt, records
from aejax.lab.run.files import writing
from aejax.lab.run.locks import locked
from aejax.lab.run.records import Records
from aejax.lab.run.workdir import remembered
from aejax.lab.training import given, parts
from aejax.lab.training.programs import Programs, plan
from aejax.lab.training.trained import Trained, TrainedGroup

if TYPE_CHECKING:
    from aejax.lab.run.checkpoint import Saver

log = logging.getLogger("aejax")

OnChunk = Callable[[int, Mapping[str, Mapping[str, Any]]], None]
"""`(step, {member: {metric: value}})`, called after each chunk of a group."""


# A sweep is compiled programs: where JAX_DISABLE_JIT is set, too.
@jax.disable_jit(False)
def fit(
    members: Sequence[sweep.Member],
    algorithm: Maker,
    data: Any,
    *,
    steps: int,
    batch_size: int = 32,
    held_out: Any = None,
    folder: str | Path | None = None,
    stage: str = "",
    every: int = 100,
    executor: str = "auto",
    memory_limit: int | None = None,
    checkpoint_seconds: float = 10.0,
    on_chunk: OnChunk | None = None,
) -> Trained:
    """Trains models of different size, each exactly as if alone, as one program.

    Example:
      >>> members = [
      ...     Member(f"d={d}", Autoencoder(d), hparams={"learning_rate": 4e-3})
      ...     for d in (4, 8, 16)
      ... ]
      >>> make = partial(algorithms.autoencoder, steps=1000)
      >>> trained = fit(members, make, images, steps=1000)

    A member whose loss or parameters are no longer finite is frozen and marked; the
    others train on.

    Args:
      members: of any structures; those of one structure share a program.
      algorithm: `model -> Algorithm`, such as one of `aejax.algorithms`.
      data: images [n, h, w, c], uint8 or in [0, 1], or a mapping of arrays [n, ...]
        that are batched together, such as "image" and "label", or of any lengths where
        the algorithm draws its batches itself.
      steps: training steps of each member.
      batch_size: examples per step.
      held_out: images, or a mapping of arrays, for the algorithm's evaluation; a few
        of the training examples if not given.
      folder: where to record, to checkpoint, and from where to resume; None trains
        in memory alone.
      stage: a word that distinguishes several trainings in one folder.
      every: steps of a chunk: metrics are recorded and evaluated after each.
      executor: one of `executors.NAMES`, or "auto".
      memory_limit: bytes that a program may take; what is free if None.
      checkpoint_seconds: least time between two checkpoints.
      on_chunk: called after each chunk with the step and each member's metrics.

    Raises:
      AnotherRunError: the folder holds another training, or nothing whole.
      UserError: the folder holds things of others, is in use or cannot be written;
        data or hyperparameters do not suit, all members diverged, or memory is too
        small for one member.
      Stopped: a signal came; the state is saved if there is a folder.
    """
    from aejax.lab.run import checkpoint

    given.check_hparams(members)
    draws = given.draws(members, algorithm)
    arrays = given.training(data, draws)
    evaluated = given.held_out(held_out, arrays, draws[0])
    examples = batches.examples(arrays)
    if not 0 < batch_size <= examples:
        raise UserError(f"a batch of {batch_size} of {examples} training examples")
    if steps < 1 or every < 1:
        raise UserError(f"steps={steps} and every={every} must be 1 or more")
    programs = Programs(algorithm, arrays, evaluated, batch_size, executor)
    every = min(every, steps)
    job = _Job(programs, steps, every, checkpoint_seconds, on_chunk, memory_limit)
    given.check_padding(members, algorithm, programs.example)
    place = None if folder is None else paths.writable(folder)
    history = Records(place)
    with _claimed(place, stage) as named:
        run: dict[str, Any] = {}
        if place is not None:
            schedule = {"steps": steps, "batch_size": batch_size, "every": job.every}
            now = fingerprint.of(members, algorithm, arrays, evaluated, schedule)
            fingerprint.claim(named("run.json"), now)
            run = fingerprint.identity(now)
        groups = remembered(
            named("plan.json"),
            lambda: plan(members, programs, job.every, memory_limit),
            lambda found: _divides(found, len(members)),
        )
        done = []
        for number, positions in enumerate(groups):
            group = sweep.make_group(members, positions, algorithm, programs.example)
            with checkpoint.saver(named(f"group_{number}"), run) as saver:
                done.append(_fit_group(group, job, history, saver))
    names = {member.name for member in members}
    kept = tuple(r for r in history.read() if r["member"] in names)
    trained = Trained(tuple(done), algorithm, kept)
    if len(trained.diverged) == len(members):
        first = min(trained.diverged.values())
        raise UserError(
            f"all {len(members)} models diverged, the first at step {first}; use a "
            "smaller learning rate"
        )
    return trained


def _divides(groups: Any, members: int) -> bool:
    """Whether groups are a division of so many members."""
    try:
        return sorted(place for group in groups for place in group) == [*range(members)]
    except TypeError:
        return False


@dataclass(frozen=True)
class _Job:
    """What all groups of a training share."""

    programs: Programs
    steps: int
    every: int
    checkpoint_seconds: float
    on_chunk: OnChunk | None
    memory_limit: int | None


@dataclass(frozen=True)
class _Position:
    """Where the training of a group stands, and the seconds spent so far."""

    step: int
    progress: train.Progress
    seconds: float


@contextmanager
def _claimed(place: Path | None, stage: str) -> Iterator[Callable[[str], Any]]:
    """Where a training's checkpoints are, by name; None of all without a folder.

    The folder is locked and marked, and holds nothing of others where we write.
    """
    if place is None:
        yield lambda name: None
        return
    belongings.refuse_others_training(place)
    checkpoints, prefix = place / "checkpoints", f"{stage}_" if stage else ""
    with locked(place / "checkpoints", "use another folder"):
        with writing(place):
            belongings.mark_training(place)
        yield lambda name: checkpoints / f"{prefix}{name}"


def _fit_group(
    group: sweep.Group, job: _Job, history: Records, saver: "Saver"
) -> TrainedGroup:
    names = [member.name for member in group.members]
    own = parts.Parts(job.programs, group, job.every, job.memory_limit)
    at = None
    with interrupt.graceful() as request:
        while at is None:
            with suppress(parts.Divided):
                at = _train(group, own, job, history, saver, request)
            saver.wait()
    # A sharded program leaves them on all devices, and a checkpoint on one. Through the
    # host they are bound to none, and can be used in any other program.
    trained = train.params(at.progress, job.programs.algorithm(group.model))
    params = jax.tree.map(jnp.asarray, jax.device_get(trained))
    diverged = np.asarray(at.progress.diverged)
    kept = at.progress.kept
    steps = np.full(len(names), at.step) if kept is None else np.asarray(kept.step)
    return TrainedGroup(group, params, at.seconds / len(names), diverged, steps)


def _train(
    group: sweep.Group,
    own: parts.Parts,
    job: _Job,
    history: Records,
    saver: "Saver",
    request: interrupt.Request,
) -> _Position:
    """From what is saved to the last step.

    Raises:
      Divided: memory did not suffice; the next call goes on with less of it.
      Stopped: a signal came.
    """
    names = [member.name for member in group.members]
    begun, before = _start(group, job, saver)
    _announce(names, begun.step, job)
    at, saved = begun, time.monotonic()
    with history.recorder(names, begun.step, job.steps, before) as recorder:
        for at, metrics in _advance(begun, own, job):
            diverged = np.asarray(at.progress.diverged)
            values = recorder.write(at.step, metrics, diverged)
            is_last = at.step == job.steps
            is_due = time.monotonic() - saved >= job.checkpoint_seconds
            if is_due or is_last or request.signum:
                _save(saver, recorder, at)
                saved = time.monotonic()
            saver.check()
            if job.on_chunk is not None:
                job.on_chunk(at.step, values)
            if request.signum:
                saver.wait()
                raise interrupt.Stopped(request.signum, at.step, saver.durable)
    return at


def _save(saver: "Saver", recorder: records.Recorder, at: _Position) -> None:
    if saver.durable:
        recorder.flush()
        host = {"seconds": at.seconds, "records": records.pack(recorder.own)}
        saver.save(at.step, at.progress, host)


def _announce(names: Sequence[str], first: int, job: _Job) -> None:
    if first < job.steps:
        count = f"{len(names)} models" if len(names) > 1 else names[0]
        log.info(
            "training %s from step %d to %d as one program (executor %s)",
            count, first, job.steps, job.programs.executor(len(names)),
        )  # fmt: skip


def _start(
    group: sweep.Group, job: _Job, saver: "Saver"
) -> tuple[_Position, list[records.Record] | None]:
    """The newest checkpoint, or the members' initial states; and what was recorded.

    That is None of a checkpoint from before they carried it.
    """
    abstract = jax.eval_shape(
        lambda: sweep.stack(group, job.programs.algorithm, job.programs.example)
    )
    restored = saver.restore(abstract)
    if restored is None:
        return _Position(0, job.programs.start(group), 0.0), []
    host = restored.host
    before = records.unpack(host["records"]) if "records" in host else None
    return _Position(restored.step, restored.state, host["seconds"]), before


def _advance(
    begun: _Position, own: parts.Parts, job: _Job
) -> Iterator[tuple[_Position, dict[str, np.ndarray]]]:
    """Runs chunk after chunk; yields where it stands and the chunk's metrics."""
    at = begun
    while at.step < job.steps:
        steps = min(job.every, job.steps - at.step)
        done = own.advance(at.progress, at.step, steps)
        at = _Position(at.step + steps, done.progress, at.seconds + done.seconds)
        yield at, done.metrics
