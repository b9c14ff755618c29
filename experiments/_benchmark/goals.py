"""What the library is to reach, and whether it does."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from .summary import Measured

_ANY = 1_000_000


class Goal(NamedTuple):
    """A bound on the time per step and member.

    Attributes:
      model: whose time.
      least: the fewest members for which it is meant.
      most: the most.
      reference: the contender that it is compared with; "one" is the same library
        with one model.
      bound: the greatest ratio to it.
    """

    model: str
    least: int
    most: int
    reference: str
    bound: float


ON_CPU = (
    Goal("decorrelation", 12, _ANY, "torch-eager", 0.45),
    Goal("decorrelation-128", 12, _ANY, "torch-eager", 0.45),
    Goal("conv", 1, 3, "torch-eager", 0.85),
    Goal("conv", 4, _ANY, "torch-eager", 0.75),
    Goal("conv", 1, _ANY, "flax", 1 / 5),
    Goal("mlp", 1, _ANY, "torch-eager", 0.6),
)
"""Set for two cores, and for PyTorch with tuned malloc."""

ON_ACCELERATOR = (
    Goal("conv", 32, 32, "one", 3 / 32),
    Goal("conv", 32, 32, "torch-eager", 1 / 20),
)
"""Set for one GPU: 32 members in three times one's time, 20 times PyTorch's speed."""


def verdicts(
    measured: Measured, own: Callable[[int], str], on_cpu: bool
) -> Iterator[str]:
    """One sentence for each goal and number of members that was measured.

    Args:
      measured: the run.
      own: the contender with the executor that aejax chooses for so many members.
      on_cpu: whether it has no accelerator.
    """
    for goal in ON_CPU if on_cpu else ON_ACCELERATOR:
        reference = own(1) if goal.reference == "one" else goal.reference
        for timing in measured.rows:
            case = timing.case
            if (case.model, case.contender) != (goal.model, own(case.members)):
                continue
            ratio = measured.ratio(timing, reference)
            if ratio and goal.least <= case.members <= goal.most:
                reached = "reached" if ratio.median <= goal.bound else "missed"
                yield (
                    f"{case.name}: {ratio.median:.3f} of the time of {reference} "
                    f"({ratio.least:.3f} to {ratio.greatest:.3f} in single rounds); "
                    f"the goal of at most {goal.bound:.3f} is {reached}."
                )
