"""What a training is given, made into arrays on the device and checked."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from aejax import batches, sweep
from aejax import images as im
from aejax.algorithm import Batch, Maker
from aejax.batches import Draw, gather
from aejax.errors import UserError

IMAGES = {"image", "first", "second"}
"""Names of the arrays that are images."""

FEW = 256
"""So many training examples are evaluated where no held-out ones are given."""


def check_hparams(members: Sequence[sweep.Member]) -> None:
    """Refuses hyperparameters with which nothing can be trained.

    Raises:
      UserError: one is not finite, or a learning rate is not above 0.
    """
    for member in members:
        for name, value in member.hparams.items():
            is_rate = name.endswith("learning_rate")
            with np.errstate(over="ignore", under="ignore"):
                single = np.float32(value)
            if not np.isfinite(single) or (is_rate and single <= 0):
                need = "a finite number" + (" above 0" if is_rate else "")
                raise UserError(
                    f"{name} of {member.name} is {value} ({single} in single "
                    f"precision); give {need}"
                )


def draws(members: Sequence[sweep.Member], algorithm: Maker) -> list[Draw]:
    """How the batches of each model among the members are drawn."""
    models = dict.fromkeys(member.model for member in members)
    return [algorithm(model).draw for model in models] or [gather]


def training(data: Any, draws: Sequence[Draw]) -> Batch:
    """The training arrays.

    Args:
      data: images, a split of a data set, or a mapping of arrays.
      draws: of the models; only where all have one of their own, arrays may differ in
        length.

    Raises:
      UserError: they differ and may not, or images are neither uint8 nor in [0, 1].
    """
    arrays = _arrays(data)
    if gather in draws:
        _check_lengths(arrays)
    return arrays


def held_out(data: Any, arrays: Batch, draw: Draw) -> Batch:
    """The arrays for the evaluation; a few of the training examples if None is given.

    Raises:
      UserError: they differ in length, or images are neither uint8 nor in [0, 1].
    """
    if data is None:
        count = min(FEW, batches.examples(arrays))
        return _beginning(draw, arrays, count)
    found = _arrays(data)
    _check_lengths(found)
    return found


def check_padding(
    members: Sequence[sweep.Member], algorithm: Maker, example: Batch
) -> None:
    """Refuses models of which smaller ones would not be themselves when padded.

    Those of `aejax.models` are verified by the tests.

    Raises:
      UserError: a model cannot be padded.
    """
    models = {m.model for m in members}
    for kind in {type(model) for model in models}:
        own = [model for model in models if type(model) is kind]
        differ = len({str(sweep.sizes(model)) for model in own}) > 1
        if differ and not kind.__module__.startswith("aejax."):
            try:
                sweep.verify_padding(own[0], _image(own[0], algorithm, example))
            except ValueError as error:
                raise UserError(str(error)) from error


def _image(model: nn.Module, algorithm: Maker, example: Batch) -> jax.Array:
    """What a model takes, as far as can be known."""
    batch = _beginning(algorithm(model).draw, example, 1)
    return batch.get("image", jax.tree.leaves(batch)[0])


def _beginning(draw: Draw, arrays: Batch, count: int) -> Batch:
    return jax.jit(partial(batches.beginning, draw, count=count))(arrays)


def _arrays(data: Any) -> Batch:
    """Arrays on the device; a bare array is that of the images."""
    from aejax.data import Images

    if isinstance(data, Images):
        own = {"image": data.images, "label": data.labels}
        data = {name: values for name, values in own.items() if values is not None}
    elif not isinstance(data, Mapping):
        data = {"image": data}
    check_all(data)
    return {name: jnp.asarray(values) for name, values in data.items()}


def check_all(data: Any) -> None:
    """Accepts arrays of which those with the names of images are images.

    Raises:
      UserError: they are neither uint8 nor in [0, 1].
    """
    for name in IMAGES & data.keys() if isinstance(data, Mapping) else ():
        check_images(name, data[name])


def check_images(name: str, images: Any) -> None:
    """Accepts images that are uint8 or in [0, 1], before JAX changes their type.

    Vectors [n, length] of floats are no images, and may be any.

    Raises:
      UserError: they are anything else.
    """
    if not hasattr(images, "dtype"):
        images = np.asarray(images)
    if images.ndim < 3 and jnp.issubdtype(images.dtype, jnp.floating):
        return
    try:
        im.check(images)
    except im.ImageError as error:
        raise im.ImageError(f"{name}: {error}") from error


def _check_lengths(arrays: Batch) -> None:
    if len({len(values) for values in arrays.values()}) != 1:
        sizes = {name: len(values) for name, values in arrays.items()}
        raise UserError(f"arrays of different lengths: {sizes}")
