"""Classifiers: cross-entropy on shifted images, Adam with a one-cycle rate."""

from functools import partial

import flax.linen as nn
import jax
import optax

from aejax import augment, train
from aejax.recipes.schedules import one_cycle_adam

SHIFT = 2


def recipe(
    model: nn.Module, *, steps: int, batch_size: int, shift: int = SHIFT
) -> train.Recipe:
    """The recipe of `model`; members need a `learning_rate` in their hyper.

    Args:
      model: gives logits [n, classes] for images.
      steps: length of the schedule.
      batch_size: images per step.
      shift: training images are moved by up to so many pixels.
    """
    return train.Recipe(partial(loss, model, shift), one_cycle_adam(steps), batch_size)


def loss(
    model: nn.Module,
    shift: int,
    params: train.Params,
    batch: train.Data,
    key: jax.Array,
    hyper: train.Hyper,
) -> tuple[jax.Array, train.Metrics]:
    """Mean cross-entropy in nats of a batch {"image", "label"}."""
    del hyper
    logits = model.apply(params, augment.shift(key, batch["image"], shift))
    losses = optax.softmax_cross_entropy_with_integer_labels(logits, batch["label"])
    return losses.mean(), {}


def evaluate(
    model: nn.Module, params: train.Params, hyper: train.Hyper, held_out: train.Data
) -> train.Metrics:
    """Share of the held-out images that are classified right, as `test_accuracy`."""
    del hyper
    right = train.batched(
        lambda batch: model.apply(params, batch["image"]).argmax(-1) == batch["label"],
        held_out,
    )
    return {"test_accuracy": right.mean()}
