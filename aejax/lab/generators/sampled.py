"""Samples of trained second stages, or of models of images, measured."""

from collections.abc import Callable, Mapping
from typing import Any

from aejax import keys
from aejax.lab.arrange import AllMeasured
from aejax.lab.design import Condition
from aejax.lab.generators import quality
from aejax.lab.generators.quality import Generators
from aejax.lab.results import Results
from aejax.lab.training.trained import Trained

Sample = Callable[..., Any]
"""`(model, params, key, count, hparams) -> codes or images [count, ...]`."""


def drawn(
    sample: Sample, count: int, model: Any, params: Any, data: Any, hparams: Any
) -> Any:
    """Samples of one model by the key of its seed, as `Lab.evaluate` asks for them."""
    del data
    key = keys.stream(hparams["seed"], keys.DRAWS)
    return sample(model, params, key, count, hparams)


def measured(
    room: Generators,
    trained: Trained,
    sample: Sample,
    readings: Mapping[Condition, Condition],
    *,
    are_images: bool = False,
    with_cost: bool = True,
) -> AllMeasured:
    """What `Generators.measure` finds of the samples of every seed.

    Args:
      room: where they are measured.
      trained: the models.
      sample: how each is sampled.
      readings: what was trained -> what it is called when it is sampled so.
      are_images: whether samples are images; otherwise codes, which are decoded.
      with_cost: whether parameters are counted and sampling is timed.
    """

    def draw(model: Any, params: Any, data: Any, hparams: Any) -> Any:
        return drawn(sample, room.count, model, params, data, hparams)

    made, found = room.lab.evaluate(trained, draw, ()), {}
    for condition, seed, member in room.lab.alive(list(readings), trained):
        own, images = trained[member], made[member]
        if not are_images:
            images = room.space.decode(seed, images)
        cost: dict[str, Any] = {}
        if with_cost:
            cost["parameters"] = quality.numbers(own[1])
            if seed == 0:
                time = quality.seconds_per_thousand(draw, own, room.count)
                cost["sampling"] = time
        found[readings[condition], seed] = room.measure(images, cost)
    return found


def truncated(condition: Condition, factor: float) -> Condition:
    """The same models, sampled with noise times a factor."""
    word = f"truncation {factor:g}"
    return Condition(
        {**condition.factors, "truncation": factor},
        label=f"{condition.label}, {word}",
        name=f"{condition.name},{word.replace(' ', '=')}",
    )


def truncations(results: Results, whole: Condition) -> list[Condition]:
    """The models of a condition with noise of every length, the shortest first."""
    found = (c for c in results.conditions if c.factors.get("truncation"))
    return sorted(
        (c for c in found if {**c.factors, "truncation": 1.0} == whole.factors),
        key=lambda c: c["truncation"],
    )
