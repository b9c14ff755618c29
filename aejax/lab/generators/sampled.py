"""Samples of trained second stages, or of models of images, measured."""

from collections.abc import Callable, Mapping
from typing import Any

import jax

from aejax import keys
from aejax.lab.arrange import AllMeasured
from aejax.lab.design import Condition
from aejax.lab.generators import quality
from aejax.lab.generators.quality import Generators
from aejax.lab.results import Results
from aejax.lab.training.trained import Trained

Sample = Callable[..., Any]
"""`(model, params, key, count, hparams, *helpers) -> codes or images [count, ...]`."""


def drawn(
    sample: Sample, count: int, model: Any, params: Any, helpers: Any, hparams: Any
) -> Any:
    """Samples of one model by the key of its seed, as `Lab.evaluate` asks for them."""
    key = keys.stream(hparams["seed"], keys.DRAWS)
    own = jax.tree.map(lambda leaf: leaf[hparams["seed"]], helpers)
    return sample(model, params, key, count, hparams, *own)


def measured(
    room: Generators,
    trained: Trained,
    sample: Sample,
    readings: Mapping[Condition, Condition],
    *,
    helpers: tuple[Any, ...] = (),
    are_images: bool = False,
    with_cost: bool = True,
) -> AllMeasured:
    """What `Generators.measure` finds of the samples of every seed.

    Args:
      room: where they are measured.
      trained: the models.
      sample: how each is sampled.
      readings: what was trained -> what it is called when it is sampled so.
      helpers: parameters of other models [seeds, ...], of which a sample needs those of
        its seed.
      are_images: whether samples are images; otherwise codes, which are decoded.
      with_cost: whether parameters are counted and sampling is timed.
    """

    def draw(model: Any, params: Any, helpers: Any, hparams: Any) -> Any:
        return drawn(sample, room.count, model, params, helpers, hparams)

    made, found = room.lab.evaluate(trained, draw, helpers), {}
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


def read(condition: Condition, factor: str, value: float) -> Condition:
    """The same models, sampled with another value of a factor."""
    return Condition(
        {**condition.factors, factor: value},
        label=f"{condition.label}, {factor} {value:g}",
        name=f"{condition.name},{factor}={value:g}",
    )


def readings(results: Results, whole: Condition, factor: str) -> list[Condition]:
    """The models of a condition with every value of a factor, the least first."""
    neutral = {factor: whole[factor]}
    found = (c for c in results.conditions if factor in c.factors)
    return sorted(
        (c for c in found if {**c.factors, **neutral} == whole.factors),
        key=lambda c: c[factor],
    )
