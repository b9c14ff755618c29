"""Autoencoders: a reconstruction error, Adam with a one-cycle learning rate."""

from collections.abc import Callable, Mapping
from functools import partial

import flax.linen as nn
import jax

from aejax import augment, images, train
from aejax.objectives import reconstruction
from aejax.recipes.schedules import one_cycle_adam

Error = Callable[[jax.Array, jax.Array], jax.Array]
"""Logits and images [n, h, w, c] to errors [n], as in `objectives.reconstruction`."""


def recipe(
    model: nn.Module,
    *,
    steps: int,
    batch_size: int,
    shift: int = 0,
    error: Error = reconstruction.squared_error,
) -> train.Recipe:
    """The recipe of `model`; members need a `learning_rate` in their hyper.

    Args:
      model: maps images to logits.
      steps: length of the learning rate's cycle.
      batch_size: images per step.
      shift: pixels by which training images are moved at most.
      error: what is minimised.
    """
    return train.Recipe(
        partial(loss, model, shift=shift, error=error),
        one_cycle_adam(steps),
        batch_size,
    )


def loss(
    model: nn.Module,
    params: train.Params,
    batch: train.Data,
    key: jax.Array,
    hyper: train.Hyper,
    *,
    shift: int = 0,
    error: Error = reconstruction.squared_error,
) -> tuple[jax.Array, train.Metrics]:
    """Mean error of a batch, its images moved by up to `shift` pixels."""
    del hyper
    pictures = augment.shift(key, batch["image"], shift) if shift else batch["image"]
    return errors(model, params, pictures, error).mean(), {}


def evaluate(
    model: nn.Module,
    params: train.Params,
    hyper: train.Hyper,
    held_out: Mapping[str, jax.Array],
) -> train.Metrics:
    """Mean squared error per pixel of the held-out images, as `test_mse`."""
    del hyper
    return {"test_mse": squared_errors(model, params, held_out["image"]).mean()}


def squared_errors(
    model: nn.Module, params: train.Params, pictures: jax.Array
) -> jax.Array:
    """Squared error per pixel of each image's reconstruction: [n, h, w, c] to [n]."""
    return errors(model, params, pictures, reconstruction.squared_error)


def errors(
    model: nn.Module, params: train.Params, pictures: jax.Array, error: Error
) -> jax.Array:
    """Error of each image's reconstruction: [n, h, w, c] to [n]."""

    def one_batch(batch: jax.Array) -> jax.Array:
        target = images.unit(batch, model.param_dtype)
        return error(model.apply(params, target), target)

    return train.batched(one_batch, pictures)
