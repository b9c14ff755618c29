"""Trained conditional generators are asked for classes; what they draw is measured."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax.numpy as jnp

from aejax import assembly, keys, pretrained
from aejax.eval import independence, readings
from aejax.eval.obedience import asked
from aejax.lab.data import arrays
from aejax.lab.design import Condition
from aejax.lab.generators.conditional import Conditional
from aejax.lab.generators.drawn import Drawn, drawn
from aejax.lab.training.fit import Trained

Reading = Callable[..., Any]
"""One of `aejax.eval.readings`."""


def draws(
    place: Conditional,
    trained: Trained,
    read: Reading,
    conditions: Mapping[Condition, Sequence[tuple[float, Condition]]],
) -> dict[tuple[Condition, int], Drawn]:
    """The images that every model draws, in every way that it is sampled.

    Args:
      place: where they will be measured; codes are decoded there.
      trained: the models.
      read: how they are sampled, to codes or to images.
      conditions: of each that was trained, values and the conditions that they make.

    Returns:
      Images of these conditions.
    """
    lab, found = place.lab, {}
    values = jnp.asarray([v for v, _ in next(iter(conditions.values()))], jnp.float32)

    def each(model: Any, params: Any, data: Any, hparams: Any) -> dict[str, Any]:
        del data
        key = keys.stream(hparams["seed"], keys.DRAWS)
        size = readings.length_of_noise(model)
        given = asked(key, place.classes, place.count, size)
        return {**given, "made": read(values, model, params, *given.values())}

    made = lab.evaluate(trained, each, ())
    for condition, seed, name in lab.alive(list(conditions), trained):
        own = made[name]
        for (_, one), x in zip(conditions[condition], own["made"], strict=True):
            images = x if x.ndim == 4 else place.space.decode(seed, x)
            found[one, seed] = drawn(images, own["label"], own["noise"])
    return found


def leaks(
    place: Conditional, trained: Trained, conditions: Sequence[Condition]
) -> dict[tuple[Condition, int], float]:
    """How well the latents of test images tell the class that a VAE is given anyway.

    Accuracy of a cross-validated logistic regression.
    """
    lab = place.lab

    def latents(model: Any, params: Any, batch: Any) -> Any:
        found = model.apply(params, batch["image"], batch["label"], method="encode")
        return found.mean

    codes = lab.predict(trained, latents, arrays(lab.data.test))
    return {
        (condition, seed): independence.read(codes[name], lab.data.test.labels)
        for condition, seed, name in lab.alive(conditions, trained)
    }


def keep(place: Conditional, trained: Trained, condition: Condition) -> None:
    """Leaves a GAN and its decoder, of the first seed, as one model that draws images.

    In the folder "generator" of the run.
    """
    folder, space = place.lab.folder, place.space
    if folder is None:
        return
    for _, seed, name in place.lab.alive([condition], trained):
        own = space.place(seed)
        gan, params = trained[name]
        whole = assembly.image_generator(
            gan, params, space.model, space.params[own], space.whitenings[own]
        )
        pretrained.save(folder.path / "generator", *whole)
        return
