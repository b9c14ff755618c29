"""Autoencoders: a reconstruction error, Adam with a one-cycle learning rate."""

from collections.abc import Callable, Sequence

import flax.linen as nn
import jax
import jax.numpy as jnp

from aejax import images
from aejax.algorithm import (
    Algorithm,
    Batch,
    HParams,
    Metrics,
    Optimizer,
    Params,
    gradient,
)
from aejax.algorithms.schedules import one_cycle_adam
from aejax.data import augment
from aejax.eval.batching import batched
from aejax.losses import reconstruction

Error = Callable[[jax.Array, jax.Array], jax.Array]
"""Logits and images [n, h, w, c] to errors [n], as in `losses.reconstruction`."""


def autoencoder(
    model: nn.Module,
    *,
    steps: int,
    shift: int = 0,
    error: Error = reconstruction.squared_error,
    optimizer: Optimizer | None = None,
) -> Algorithm:
    """The training of an autoencoder; members need `learning_rate` in their hparams.

    It records `loss`, and `test_mse`, the squared error per pixel of held-out images.

    Args:
      model: maps images to logits.
      steps: length of the learning rate's cycle.
      shift: pixels by which training images are moved at most.
      error: what is minimised.
      optimizer: instead of Adam with one cycle; such as `schedules.one_cycle_adamw`.
    """

    def loss(
        params: Params, batch: Batch, key: jax.Array, hparams: HParams
    ) -> tuple[jax.Array, Metrics]:
        del hparams
        shown = augment.shift(key, batch["image"], shift) if shift else batch["image"]
        return errors(model, params, shown, error).mean(), {}

    def evaluate(params: Params, held_out: Batch, hparams: HParams) -> Metrics:
        del hparams
        return {"test_mse": squared_errors(model, params, held_out["image"]).mean()}

    return gradient(model, loss, optimizer or one_cycle_adam(steps), evaluate)


def of_several_errors(
    model: nn.Module, errors: Sequence[Error], *, steps: int
) -> Algorithm:
    """The training of autoencoders that minimise different errors, in one program.

    Members need in their hparams `learning_rate`, and `error`: the number of their own.

    Args:
      model: maps images to logits.
      errors: of which each member has one.
      steps: length of the learning rate's cycle.
    """

    def loss(
        params: Params, batch: Batch, key: jax.Array, hparams: HParams
    ) -> tuple[jax.Array, Metrics]:
        del key
        target = images.unit(batch["image"], images.loss_dtype(model))
        logits = model.apply(params, target).astype(target.dtype)
        each = jnp.stack([error(logits, target).mean() for error in errors])
        return each[jnp.asarray(hparams["error"], jnp.int32)], {}

    return gradient(model, loss, one_cycle_adam(steps))


def errors(
    model: nn.Module, params: Params, batch: jax.Array, error: Error
) -> jax.Array:
    """Error of the reconstruction of each image of one batch: [n, h, w, c] to [n]."""
    target = images.unit(batch, images.loss_dtype(model))
    return error(model.apply(params, target).astype(target.dtype), target)


def squared_errors(model: nn.Module, params: Params, shown: jax.Array) -> jax.Array:
    """Squared error per pixel of each of any number of images: [n, h, w, c] to [n]."""
    return all_errors(model, params, shown, reconstruction.squared_error)


def all_errors(
    model: nn.Module, params: Params, shown: jax.Array, error: Error
) -> jax.Array:
    """`errors` of any number of images, batch by batch: [n, h, w, c] to [n]."""
    return batched(lambda batch: errors(model, params, batch, error), shown)
