"""The compiled programs of a group of members; how memory divides members."""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import accumulate, pairwise
from typing import Any

import jax

from aejax import executors, memory, sweep, train
from aejax.algorithm import Batch, Maker

log = logging.getLogger("aejax")

Program = Callable[..., tuple[train.Progress, Mapping[str, jax.Array]]]


def compiler_options(level: int) -> dict[str, str | bool] | None:
    """How hard XLA is to optimise on a CPU, from 0 to 3 (its default).

    Most of the time from start to first step is LLVM's. Measured once, on a busy
    machine, with 12 members of the decorrelation study, in CPU seconds:
    initialisation compiles in 2.6 at level 1 and 10.9 at level 3, a chunk in 12
    at level 2 and 19 at level 3 (which came first and so paid for warming up);
    the chunk's speed differed by less than the noise. Other backends have no
    such trade.
    """
    if jax.default_backend() != "cpu":
        return None
    return {"xla_backend_optimization_level": str(level)}


class Programs:
    """Compiles the programs of one training, each once.

    Args:
      algorithm: of a model.
      data: training arrays [examples, ...], or what the algorithm draws from.
      held_out: arrays for the evaluation.
      batch_size: examples per step.
      executor: one of `executors.NAMES`, or "auto".
    """

    def __init__(
        self,
        algorithm: Maker,
        data: Batch,
        held_out: Batch,
        batch_size: int,
        executor: str = "auto",
    ):
        self.algorithm, self.arrays = algorithm, (data, held_out)
        self._batch_size, self._executor = batch_size, executor
        self._compiled: dict[tuple, jax.stages.Compiled] = {}

    @property
    def example(self) -> Batch:
        """The first row of each training array, [1, ...]."""
        return jax.tree.map(lambda a: a[:1], self.arrays[0])

    def executor(self, members: int) -> str:
        """The executor of so many members."""
        is_open = self._executor == "auto"
        return executors.choose(members) if is_open else self._executor

    def start(self, group: sweep.Group) -> train.Progress:
        """The members of a group before their first step."""
        begin = partial(sweep.stack, group, self.algorithm, self.example)
        return jax.jit(begin, compiler_options=compiler_options(1))()

    def chunk(self, group: sweep.Group, steps: int) -> jax.stages.Compiled:
        """`(progress, hparams, data, held_out, first) -> progress, metrics`.

        Of all members; the progress that it is given is donated.
        """
        self.compile([group], steps)
        return self._compiled[_key(group, steps)]

    def compile(self, groups: Sequence[sweep.Group], steps: int) -> None:
        """Compiles the chunks of several groups, as many at a time as there are cores.

        One compilation keeps little more than one core busy.
        """
        known = {_key(group, steps): group for group in groups}
        lowered = {
            key: self._lowered(group, steps)
            for key, group in known.items()
            if key not in self._compiled
        }
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            options = compiler_options(2)
            found = pool.map(lambda one: one.compile(options), lowered.values())
            self._compiled.update(zip(lowered, found, strict=True))

    def fitting(self, group: sweep.Group, steps: int, limit: int) -> list[int]:
        """How many of a group's members run at once, so that memory holds them.

        Raises:
          UserError: not even one member fits.
        """

        # One member alone is measured at the size of the largest, too.
        def need(count: int) -> int:
            return memory.needed(self.chunk(self.part(group, slice(count)), steps))

        return memory.fitting(len(group.members), need, limit)

    @staticmethod
    def part(group: sweep.Group, rows: slice) -> sweep.Group:
        """Some members of a group, at the size of all of it."""
        return group._replace(
            members=group.members[rows],
            positions=group.positions[rows],
            own=group.own[rows],
        )

    def _lowered(self, group: sweep.Group, steps: int) -> jax.stages.Lowered:
        step, arguments = self.traceable(group, steps)
        return step.lower(*arguments)

    def traceable(
        self, group: sweep.Group, steps: int, executor: str | None = None
    ) -> tuple[Any, tuple[Any, ...]]:
        """The jitted function of a chunk, and what describes its arguments.

        Args:
          group: that is trained.
          steps: of the chunk.
          executor: another one than its own, such as that of another machine.
        """
        run = partial(
            train.advance,
            algorithm=self.algorithm(group.model),
            steps=steps,
            batch_size=self._batch_size,
        )
        chosen = executor or self.executor(len(group.members))
        program = executors.over_members(run, chosen)
        progress = jax.eval_shape(
            partial(sweep.stack, group, self.algorithm), self.example
        )
        own = sweep.hparams(group.members)
        first = jax.ShapeDtypeStruct((), "int32")
        step = jax.jit(program, donate_argnums=0)
        return step, (progress, own, *self.arrays, first)


def _key(group: sweep.Group, steps: int) -> tuple:
    """On what a compiled chunk depends: not on which members run."""
    names = tuple(sorted(group.members[0].hparams))
    return group.model, names, len(group.members), steps


def plan(
    members: Sequence[sweep.Member], programs: Programs, steps: int, limit: int | None
) -> list[tuple[int, ...]]:
    """Which members run together: equal structure, and no more than memory holds.

    Args:
      members: of the sweep.
      programs: that run them.
      steps: of a chunk.
      limit: bytes that a program may take; what is free if None.

    Returns:
      Positions of the members of each program, in the order in which they run.

    Raises:
      UserError: not even one member fits into memory.
    """
    limit = memory.available() if limit is None else limit
    found = []
    groups = sweep.groups(members, programs.algorithm, programs.example)
    programs.compile(groups, steps)
    for group in groups:
        sizes = programs.fitting(group, steps, limit)
        if len(sizes) > 1:
            log.info(
                "memory: %d models do not fit into %.2f GB at once; runs of %s",
                len(group.members), limit / 1e9, sizes,
            )  # fmt: skip
        ends = accumulate(sizes, initial=0)
        found += [group.positions[a:b] for a, b in pairwise(ends)]
    return found


def light(function: Callable[..., Any]) -> Any:
    """`jax.jit` for what runs a few times: compiled quickly, not very hard."""
    return jax.jit(function, compiler_options=compiler_options(1))


def run_once(function: Callable[..., Any], *arguments: Any) -> Any:
    """Compiles a function quickly and runs it, wherever its arguments lie.

    What was restored is on one device; a sharded program wants it on all.
    """
    abstract = jax.eval_shape(lambda *a: a, *arguments)
    program = light(function).lower(*abstract).compile()
    return program(*jax.device_put(arguments, program.input_shardings[0]))
