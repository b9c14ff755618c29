"""What the library is to reach, and whether it does."""

from collections.abc import Iterator
from typing import NamedTuple

from experiments._benchmark.summary import Measured

_ANY = 1_000_000


class Goal(NamedTuple):
    """A bound on the time per step and member.

    Attributes:
      model: whose time.
      least: the fewest members for which it is meant.
      most: the most.
      reference: the contender, with one model, that it is held against; "one"
        is the same contender.
      bound: the greatest ratio to it.
    """

    model: str
    least: int
    most: int
    reference: str
    bound: float


ON_CPU = (
    Goal("conv", 1, 3, "torch-eager", 0.85),
    Goal("conv", 4, _ANY, "torch-eager", 0.75),
    Goal("conv", 1, _ANY, "flax", 1 / 5),
    Goal("mlp", 1, _ANY, "torch-eager", 0.65),
)
"""Set for two cores."""

ON_ACCELERATOR = (
    Goal("conv", 32, 32, "one", 3 / 32),
    Goal("conv", 32, 32, "torch-eager", 1 / 20),
)
"""Set for one GPU: 32 members in three times one's time, 20 times PyTorch's speed."""


def verdicts(measured: Measured, own: str, on_cpu: bool) -> Iterator[str]:
    """One sentence for each goal and number of members that was measured.

    Args:
      measured: the run.
      own: the contender with the executor that aejax chooses here.
      on_cpu: whether it has no accelerator.
    """
    for goal in ON_CPU if on_cpu else ON_ACCELERATOR:
        reference = own if goal.reference == "one" else goal.reference
        for timing in measured.rows:
            case = timing.case
            if (case.model, case.contender) != (goal.model, own):
                continue
            ratio = measured.ratio(timing, reference)
            if ratio and goal.least <= case.members <= goal.most:
                reached = "reached" if ratio.median <= goal.bound else "missed"
                yield (
                    f"{case.name}: {ratio.median:.3f} of {reference}'s time, "
                    f"to be at most {goal.bound:.3f}: {reached}."
                )
