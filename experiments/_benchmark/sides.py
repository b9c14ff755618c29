"""Two frameworks in one study: PyTorch's training beside that of `aejax.fit`."""

import dataclasses
import importlib.util
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from aejax import pretrained, sweep
from aejax.errors import UserError
from aejax.lab import Condition, Data, Lab, Results
from aejax.lab.run.records import Record
from aejax.lab.training.fit import Trained
from aejax.lab.training.programs import compiler_options

if TYPE_CHECKING:
    from .torch_vae import Look, Setting

OURS, TORCH = "aejax", "PyTorch"
FRAMEWORKS = (OURS, TORCH)

WARM_UP = 2
"""Steps that PyTorch takes before the clock starts: its first ones are slow, and our
programs are compiled before it, too."""

Fit = Callable[["Setting", "Look"], Any]
"""Trains in PyTorch and gives the library's tree of parameters."""

log = logging.getLogger("aejax")


@dataclasses.dataclass(frozen=True)
class Other:
    """What PyTorch trained.

    Attributes:
      trained: as `aejax.fit` gives it, with PyTorch's parameters.
      records: what was measured on the way, under the condition's names.
      seconds: training time of each seed, with what was measured on the way.
    """

    trained: Trained
    records: list[Record]
    seconds: list[float]


def check(options: Any, data: Data) -> None:
    """Refuses to compare where there is no PyTorch.

    Raises:
      UserError: there is none.
    """
    del options, data
    if importlib.util.find_spec("torch") is None:
        raise UserError("PyTorch is not installed: pip install -e '.[torch]'")


def settings(lab: Lab, fractions: Callable[[Any], Any], **more: Any) -> "list[Setting]":
    """How PyTorch trains, for each seed.

    Args:
      lab: of the study.
      fractions: the learning rate's schedule, as fractions of its peak.
      more: further fields of a `Setting`.
    """
    from .torch_vae import Setting

    options = lab.options
    rates = options.learning_rate * jax.vmap(fractions)(jnp.arange(options.steps))
    fields = {
        "rates": np.asarray(rates, np.float64),
        "batch_size": options.batch_size,
        "every": options.chunk,
    }
    return [Setting(seed=seed, **fields, **more) for seed in range(options.seeds)]


def train(
    lab: Lab,
    condition: Condition,
    ours: Trained,
    fit: Fit,
    settings: "Sequence[Setting]",
    held_out: Mapping[str, jax.Array],
) -> Other:
    """Trains every seed in PyTorch; a run that is resumed reads what is finished.

    Args:
      lab: of the study.
      condition: that of PyTorch.
      ours: the same members, trained by aejax.
      fit: trains one.
      settings: how, for each seed.
      held_out: for the algorithm's evaluation after every chunk.
    """
    evaluate = evaluation(ours, condition, held_out)
    trees: list[Any] = []
    records: list[Record] = []
    seconds: list[float] = []
    for setting in settings:
        name = condition.member(setting.seed)
        begin = partial(_train, fit, setting, evaluate)
        tree, notes = _kept(lab, condition, name, begin)
        trees.append(tree)
        records += [{"member": name, **record} for record in notes["records"]]
        seconds.append(notes["seconds"])
    return Other(with_parameters(ours, trees), records, seconds)


def _kept(
    lab: Lab, condition: Condition, name: str, make: Callable[[], tuple[Any, Any]]
) -> tuple[Any, Any]:
    """Parameters and notes of one training, from the run's folder if they are there."""
    if lab.folder is None:
        return make()
    place = lab.folder / "models" / name

    def saved() -> Any:
        tree, notes = make()
        pretrained.save(place, condition.model, tree)
        return notes

    notes = lab.cached(f"{TORCH}-{name}", saved)
    return pretrained.load(place)[1], notes


def _train(
    fit: Fit, setting: "Setting", evaluate: Callable[[int, int, Any], dict[str, float]]
) -> tuple[Any, Any]:
    log.info("training seed %d in PyTorch", setting.seed)
    records: list[dict[str, Any]] = []

    def look(step: int, tree: Any) -> None:
        records.append({"step": step, **evaluate(setting.seed, step, tree)})

    few = dataclasses.replace(setting, rates=setting.rates[:WARM_UP])
    fit(few, lambda step, tree: None)
    began = time.monotonic()
    tree = fit(setting, look)
    return tree, {"records": records, "seconds": time.monotonic() - began}


def evaluation(
    ours: Trained, condition: Condition, held_out: Mapping[str, jax.Array]
) -> Callable[[int, int, Any], dict[str, float]]:
    """`(seed, step, parameters) -> metrics`: the algorithm's own, compiled once."""
    members = {member.seed: member for member in ours.members}
    algorithm = ours.algorithm(condition.model)

    def hparams(seed: int, step: int) -> dict[str, jax.Array]:
        own = jax.tree.map(lambda a: a[0], sweep.hparams([members[seed]]))
        return {**own, "step": jnp.int32(step)}

    like = ours[next(iter(members.values())).name][1]
    first = next(iter(members))
    program = (
        jax.jit(algorithm.evaluate)
        .lower(like, held_out, hparams(first, 0))
        .compile(compiler_options(2))
    )

    def evaluate(seed: int, step: int, tree: Any) -> dict[str, float]:
        tree = jax.tree.map(jnp.asarray, tree)
        found = program(tree, held_out, hparams(seed, step))
        return {name: float(value) for name, value in found.items()}

    return evaluate


def with_parameters(ours: Trained, trees: Sequence[Any]) -> Trained:
    """The same members with other parameters, one tree for each seed."""
    parts = [
        dataclasses.replace(
            part,
            params=jax.tree.map(
                lambda *leaves: jnp.stack(leaves),
                *(trees[member.seed] for member in part.group.members),
            ),
            diverged=np.full(len(part.group.members), -1),
        )
        for part in ours.groups
    ]
    return dataclasses.replace(ours, groups=tuple(parts), records=())


def joined(results: Results, others: Mapping[Condition, Other]) -> Results:
    """Results with records and training times of what PyTorch trained."""
    records, seconds = list(results.records), np.array(results.seconds)
    for condition, other in others.items():
        records += other.records
        seconds[results.place(condition)] = other.seconds
    return dataclasses.replace(results, records=records, seconds=seconds)
