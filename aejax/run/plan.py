"""Which members run together: equal structure, and no more than fit."""

import logging
from collections.abc import Sequence
from itertools import accumulate, pairwise

from aejax import memory, sweep
from aejax.run.program import Programs, Task
from aejax.run.settings import Settings

log = logging.getLogger("aejax")


def make(
    members: Sequence[sweep.Member], task: Task, settings: Settings, programs: Programs
) -> list[tuple[int, ...]]:
    """Positions of the members of each program, in the order in which they run.

    Raises:
      UserError: not even one member fits into memory.
    """
    limit = memory.available() if settings.memory is None else settings.memory
    plan = []
    for group in sweep.groups(members, task.example):
        # One member alone is measured at the size of the largest, too.
        def need(count: int, group: sweep.Group = group) -> int:
            part = sweep.Group(
                group.model, group.members[-count:], group.positions[-count:]
            )
            return memory.needed(programs.get(part, settings.chunk))

        sizes = memory.fitting(len(group.members), need, limit)
        if len(sizes) > 1:
            log.info(
                "memory: %d models do not fit into %.2f GB at once; runs of %s",
                len(group.members), limit / 1e9, sizes,
            )  # fmt: skip
        ends = accumulate(sizes, initial=0)
        plan += [group.positions[a:b] for a, b in pairwise(ends)]
    return plan
