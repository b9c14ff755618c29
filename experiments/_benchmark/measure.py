"""Interleaved timing: every contender once per round, one at a time."""

import logging
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import NamedTuple

from aejax.lab.run.interrupt import Request

from .cases import Case
from .processes import Worker, WorkerError

log = logging.getLogger("aejax")


@dataclass(frozen=True)
class Timing:
    """What was measured of one case.

    Attributes:
      case: what was computed.
      seconds: of one call, in each round.
      flops: operations of one step of one member.
      compile_seconds: spent on tracing and compiling, None where nothing is.
      memory: bytes at the peak, of the device if it has its own, or else of the
        process.
      detail: settings worth to be known.
      cpu_seconds: CPU time of all its threads in one call, in each round.
    """

    case: Case
    seconds: tuple[float, ...]
    flops: int
    compile_seconds: float | None
    memory: int
    detail: str
    cpu_seconds: tuple[float, ...] = ()

    @property
    def each_ms(self) -> list[float]:
        """Milliseconds per step and member, in each round."""
        return [1e3 * s / (self.case.steps * self.case.members) for s in self.seconds]

    @property
    def ms(self) -> float:
        """Their median."""
        return median(self.each_ms)

    @property
    def cpu_ms(self) -> float | None:
        """Median of the CPU time in milliseconds per step and member."""
        if not self.cpu_seconds:
            return None
        return 1e3 * median(self.cpu_seconds) / (self.case.steps * self.case.members)


class Start(NamedTuple):
    """Seconds from the start of a process to the end of its first training step.

    Attributes:
      case: what was started.
      cold: with an empty compilation cache.
      warm: with what the cold start left there.
    """

    case: Case
    cold: float
    warm: float


def timings(
    cases: Sequence[Case], rounds: int, folder: Path, request: Request
) -> tuple[list[Timing], list[str]]:
    """Times the cases in turn, A B C A B C ..., in processes that live on.

    Args:
      cases: what to time.
      rounds: how often each.
      folder: for logs and compilation caches; each case begins without one.
      request: of the user to stop.

    Returns:
      The timings, and a note for each PyTorch case that does not run here.

    Raises:
      WorkerError: one of the other cases does not run, or one ends on the way.
      Interrupted: a signal came.
    """
    notes: list[str] = []
    with ExitStack() as stack:
        workers = []
        for case in cases:
            log.info("starting %s", case.name)
            worker = _start(case, folder / case.name, notes, request)
            if worker:
                workers.append(stack.enter_context(closing(worker)))
        answers: dict[Case, list[dict]] = {worker.case: [] for worker in workers}
        for number in range(rounds):
            log.info("round %d of %d", number + 1, rounds)
            for worker in workers:
                answers[worker.case].append(worker.call())
        return [_timing(worker, answers[worker.case]) for worker in workers], notes


def starts(cases: Sequence[Case], folder: Path, request: Request) -> list[Start]:
    """Times each case's way to its first step, without and with a cache."""
    found = []
    for case in cases:
        log.info("starting %s anew, without and with a compilation cache", case.name)
        single = replace(case, steps=1)
        seconds = []
        for _ in range(2):
            worker = _start(single, folder / f"start-{case.name}", [], request)
            if worker:
                seconds.append(worker.start_seconds)
                worker.close()
        if len(seconds) == 2:
            found.append(Start(case, *seconds))
    return found


def _start(
    case: Case, folder: Path, notes: list[str], request: Request
) -> Worker | None:
    try:
        return Worker(case, folder, request)
    except WorkerError as error:
        if not case.contender.startswith("torch"):
            raise
        notes.append(str(error))
        return None


def _timing(worker: Worker, answers: Sequence[dict]) -> Timing:
    return Timing(
        case=worker.case,
        seconds=tuple(answer["seconds"] for answer in answers),
        cpu_seconds=tuple(answer["cpu_seconds"] for answer in answers),
        memory=answers[-1]["memory"],
        **worker.ready,
    )
