"""What a study declares: its measures, its conditions, and what a model gives."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import flax.linen as nn


@dataclasses.dataclass(frozen=True)
class Measure:
    """A figure that is measured of every model, declared once.

    Attributes:
      name: its column in results.csv and its key in `Measured.scalars`.
      label: its name in tables, figures and sentences.
      unit: such as "nats"; "" for none.
      format: format specification of its numbers, such as ".4f".
      better: "lower", "higher", or None where neither is.
      log: drawn on a logarithmic axis.
      scale: tables and figures show the value times this, such as 100 for %.
    """

    name: str
    label: str
    unit: str = ""
    format: str = ".4g"
    better: str | None = None
    log: bool = False
    scale: float = 1.0

    @property
    def head(self) -> str:
        """Label with unit, for axes."""
        return f"{self.label} [{self.unit}]" if self.unit else self.label


@dataclasses.dataclass(frozen=True, eq=False)
class Condition:
    """One cell of the design: what is trained, with every seed.

    Attributes:
      factors: name -> value, its columns in results.csv.
      model: the network; None for what is measured without training.
      hparams: scalars of its members beside the learning rate.
      label: in tables and figures; from the factors if empty.
      name: of its members, before ",seed=..."; from the factors if empty.
      seeds: how many it has, at most those of the run; None for all.
    """

    factors: Mapping[str, Any]
    model: nn.Module | None = None
    hparams: Mapping[str, float] = dataclasses.field(default_factory=dict)
    label: str = ""
    name: str = ""
    seeds: int | None = None

    def __post_init__(self) -> None:
        words = [f"{k}={plain(v)}" for k, v in self.factors.items()]
        for field, joint in (("name", ","), ("label", ", ")):
            if not getattr(self, field):
                text = joint.join(words)
                shown = text if field == "name" else text.replace("=", " = ")
                object.__setattr__(self, field, shown)

    def __getitem__(self, factor: str) -> Any:
        return self.factors[factor]

    def member(self, seed: int) -> str:
        """The name of its member of a seed."""
        return f"{self.name},seed={seed}"


@dataclasses.dataclass(frozen=True)
class Measured:
    """What was measured of one model.

    Attributes:
      scalars: measure -> number, or array [units].
      arrays: name -> whatever figures show; kept of the first seed only.
    """

    scalars: Mapping[str, Any]
    arrays: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def with_scalars(self, **scalars: Any) -> "Measured":
        """The same with further scalars."""
        return Measured({**self.scalars, **scalars}, self.arrays)


def plain(value: Any) -> Any:
    """A value of a factor as names and results.csv have it: 1 for 1.0."""
    if isinstance(value, float):
        return int(value) if value == int(value) else value
    return value
