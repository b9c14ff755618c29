"""Classifiers: cross-entropy on slightly shifted images, Adam with one cycle."""

from functools import partial

import flax.linen as nn
import jax
import optax

from aejax.algorithm import Algorithm, Batch, HParams, Metrics, Params, gradient
from aejax.algorithms.schedules import one_cycle_adam
from aejax.data import augment
from aejax.eval.batching import batched

SHIFT = 2
"""Pixels by which training images are moved at most."""


def classifier(model: nn.Module, *, steps: int, shift: int = SHIFT) -> Algorithm:
    """The training of a classifier; members need `learning_rate` in their hparams.

    It records `loss` in nats per image, `accuracy` of the training batches, and
    `test_accuracy`, both fractions.

    Args:
      model: maps images to logits [n, classes].
      steps: length of the learning rate's cycle.
      shift: pixels by which training images are moved at most.
    """

    def loss(
        params: Params, batch: Batch, key: jax.Array, hparams: HParams
    ) -> tuple[jax.Array, Metrics]:
        del hparams
        logits = model.apply(params, augment.shift(key, batch["image"], shift))
        errors = optax.softmax_cross_entropy_with_integer_labels(logits, batch["label"])
        correct = logits.argmax(-1) == batch["label"]
        return errors.mean(), {"accuracy": correct.mean()}

    def evaluate(params: Params, held_out: Batch, hparams: HParams) -> Metrics:
        del hparams
        logits = batched(partial(model.apply, params), held_out["image"])
        return {"test_accuracy": (logits.argmax(-1) == held_out["label"]).mean()}

    return gradient(model, loss, one_cycle_adam(steps), evaluate)
