"""A chunk of a group's training, in parts where memory does not hold it at once.

How a group is divided is no part of a run: it is found anew by every process, and its
members train the same.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from aejax import memory, sweep, train
from aejax.errors import UserError
from aejax.lab.training.programs import Programs

log = logging.getLogger("aejax")


class Advanced(NamedTuple):
    """What a chunk gives.

    Attributes:
      progress: of all members, on devices or on the host.
      metrics: arrays [members, ...].
      seconds: that it took, without compilation.
    """

    progress: train.Progress
    metrics: dict[str, np.ndarray]
    seconds: float


class Divided(Exception):
    """The group was divided anew, and its last state is lost: begin from what is saved.

    A program that fails takes the state that it was given with it.
    """


class Parts:
    """Runs chunks of one group's training.

    Args:
      programs: of the training.
      group: all its members.
      steps: of its usual chunk, by which memory is estimated.
      limit: bytes that a program may take; what is free if None.
    """

    def __init__(
        self, programs: Programs, group: sweep.Group, steps: int, limit: int | None
    ):
        self._programs, self._group = programs, group
        self._steps, self._limit = steps, limit
        self._sizes: Sequence[int] = ()
        self._shared: tuple[Any, ...] = programs.arrays

    def advance(self, progress: train.Progress, first: int, steps: int) -> Advanced:
        """Trains from step `first` for `steps` steps; the progress is donated.

        Raises:
          Divided: memory did not suffice, and the next call will take less.
          UserError: it does not suffice for one member.
        """
        if not self._sizes:
            self._sizes = self._fitting()
        try:
            if len(self._sizes) == 1:
                return self._run(self._group, progress, first, steps)
            return self._in_turn(progress, first, steps)
        except (MemoryError, jax.errors.JaxRuntimeError) as error:
            if not memory.is_lacking(error):
                raise
            self._halve(error)
            raise Divided from error

    def _fitting(self) -> list[int]:
        limit = memory.available() if self._limit is None else self._limit
        members = len(self._group.members)
        sizes = self._programs.fitting(self._group, self._steps, limit)
        if len(sizes) > 1:
            log.info(
                "memory: %d models do not fit into %.2f GB at once; %s in turn",
                members, limit / 1e9, sizes,
            )  # fmt: skip
        return sizes

    def _halve(self, error: Exception) -> None:
        members = len(self._group.members)
        runs = 2 * len(self._sizes)
        if max(self._sizes) == 1:
            raise UserError(memory.lacking(error)) from error
        self._sizes = memory.equal(members, runs)
        log.warning(
            "memory did not suffice; going on with %s models in turn", self._sizes
        )

    def _in_turn(self, progress: train.Progress, first: int, steps: int) -> Advanced:
        """One part after another; what waits is on the host."""
        waiting, done = jax.device_get(progress), []
        del progress
        for part, rows in self._parts():
            own = jax.tree.map(lambda a, rows=rows: a[rows], waiting)
            done.append(jax.device_get(self._run(part, own, first, steps)))
        found = [(one.progress, one.metrics) for one in done]
        progress, metrics = jax.tree.map(lambda *all: np.concatenate(all), *found)
        return Advanced(progress, metrics, sum(one.seconds for one in done))

    def _parts(self) -> Iterator[tuple[sweep.Group, slice]]:
        for a, b in pairwise(accumulate(self._sizes, initial=0)):
            rows = slice(a, b)
            yield self._programs.part(self._group, rows), rows

    def _run(
        self, group: sweep.Group, progress: train.Progress, first: int, steps: int
    ) -> Advanced:
        program = self._programs.chunk(group, steps)
        # What was restored or loaded is on one device; a sharded program wants it on
        # all. Moved once: later chunks find it where it belongs.
        where = program.input_shardings[0]
        own = jax.device_put(sweep.hparams(group.members), where[1])
        self._shared = jax.device_put(self._shared, where[2:-1])
        progress = jax.device_put(progress, where[0])
        start = jax.device_put(jnp.int32(first), where[-1])
        began = time.monotonic()
        progress, metrics = jax.block_until_ready(
            program(progress, own, *self._shared, start)
        )
        seconds = time.monotonic() - began
        columns = {name: np.asarray(column) for name, column in metrics.items()}
        return Advanced(progress, columns, seconds)
