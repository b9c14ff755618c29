"""Classifiers: cross-entropy on slightly shifted images, Adam with one cycle."""

from collections.abc import Mapping
from functools import partial

import flax.linen as nn
import jax
import optax

from aejax import augment, train
from aejax.recipes.schedules import one_cycle_adam

SHIFT = 2
"""Pixels by which training images are moved at most."""


def recipe(model: nn.Module, *, steps: int, batch_size: int) -> train.Recipe:
    """The recipe of `model`; members need a `learning_rate` in their hyper."""
    return train.Recipe(partial(loss, model), one_cycle_adam(steps), batch_size)


def loss(
    model: nn.Module,
    params: train.Params,
    batch: train.Data,
    key: jax.Array,
    hyper: train.Hyper,
) -> tuple[jax.Array, train.Metrics]:
    """Cross-entropy in nats per image, with the share of right answers."""
    del hyper
    pictures = augment.shift(key, batch["image"], SHIFT)
    logits = model.apply(params, pictures)
    errors = optax.softmax_cross_entropy_with_integer_labels(logits, batch["label"])
    right = logits.argmax(-1) == batch["label"]
    return errors.mean(), {"accuracy": right.mean()}


def evaluate(
    model: nn.Module,
    params: train.Params,
    hyper: train.Hyper,
    held_out: Mapping[str, jax.Array],
) -> train.Metrics:
    """Share of the held-out images that are named rightly, as `test_accuracy`."""
    del hyper
    logits = train.batched(partial(model.apply, params), held_out["image"])
    return {"test_accuracy": (logits.argmax(-1) == held_out["label"]).mean()}
