"""A trained sweep: its members' own models, and what was recorded of them."""

from dataclasses import dataclass
from typing import Any

import flax.linen as nn
import numpy as np

from aejax import sweep, train
from aejax.algorithm import Maker
from aejax.lab.run.records import Record


@dataclass(frozen=True, repr=False)
class TrainedGroup:
    """Members that were trained as one program.

    Attributes:
      group: its members and padded model.
      params: [members, ...] padded parameters.
      seconds: training time per member, over all processes that took part in
        it, without compilation.
      diverged: [members] the step at which a member diverged, -1 for none.
      steps: [members] after how many steps the parameters were taken: the last one,
        or that of the best metric where the algorithm keeps it.
    """

    group: sweep.Group
    params: Any
    seconds: float
    diverged: np.ndarray
    steps: np.ndarray


@dataclass(frozen=True, repr=False)
class Trained:
    """A trained sweep.

    Example:
      >>> model, params = trained["zdim=8,seed=0"]
      >>> codes = model.apply(params, images, method="encode")

    Attributes:
      groups: its programs.
      algorithm: that trained them.
      records: what was measured on the way, a mapping for each member and chunk.
    """

    groups: tuple[TrainedGroup, ...]
    algorithm: Maker
    records: tuple[Record, ...]

    def __repr__(self) -> str:
        names = [member.name for member in self.members]
        shown = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
        return f"Trained({len(names)} models: {shown})"

    @property
    def members(self) -> list[sweep.Member]:
        """All members, in the order in which they were given."""
        placed = [
            (place, member)
            for part in self.groups
            for place, member in zip(
                part.group.positions, part.group.members, strict=True
            )
        ]
        return [member for _, member in sorted(placed, key=lambda pair: pair[0])]

    @property
    def diverged(self) -> dict[str, int]:
        """Members that diverged, and the step at which each did."""
        return {
            member.name: int(step)
            for part in self.groups
            for member, step in zip(part.group.members, part.diverged, strict=True)
            if step != train.FINE
        }

    @property
    def steps(self) -> dict[str, int]:
        """After how many steps the parameters of each member were taken."""
        return {
            member.name: int(step)
            for part in self.groups
            for member, step in zip(part.group.members, part.steps, strict=True)
        }

    @property
    def seconds(self) -> dict[str, float]:
        """Training time of each member."""
        return {m.name: p.seconds for p in self.groups for m in p.group.members}

    def __getitem__(self, name: str) -> tuple[nn.Module, Any]:
        """A member's own model and parameters, without any padding."""
        for part in self.groups:
            for i, member in enumerate(part.group.members):
                if member.name == name:
                    own = sweep.take(part.params, part.group, i, self.algorithm)
                    return member.model, own
        raise KeyError(name)
