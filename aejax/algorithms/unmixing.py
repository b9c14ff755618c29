"""Unmixing: a network gets the mean of two images and gives both back.

A model maps mixtures [n, h, w, c] in [0, 1] to parts [n, 2, h, w, c] in [0, 1]. One
with `variational` set has, besides, `encode(mixtures) -> Posterior` and
`separate(latents, mixtures) -> parts`, and is evaluated by its mean code.
"""

from collections.abc import Callable

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax

from aejax import images, sampling
from aejax.algorithm import (
    Algorithm,
    Batch,
    HParams,
    Metrics,
    Optimizer,
    Params,
    gradient,
)
from aejax.algorithms.schedules import adam, constant
from aejax.data import mixtures
from aejax.eval.batching import batched
from aejax.losses import unmixing as losses
from aejax.losses import variational


def unmixing(
    model: nn.Module,
    *,
    steps: int,
    schedule: Callable[[int], optax.Schedule] = constant,
    optimizer: Optimizer | None = None,
) -> Algorithm:
    """The training of a model that unmixes; members need `learning_rate`.

    Data are {"first": [n1, h, w, c], "second": [n2, h, w, c]}; the pairs of a step are
    drawn by key (`mixtures.draw`), and held-out ones are given, [n, h, w, c] each.

    A member's hparam `invariant` chooses the loss: 0, where it has none, for the sum of
    the two mean squared errors in the given order, 1 for the permutation-invariant one
    (`losses.unmixing`). A variational model's loss adds `beta` (1 if it has none) times
    the KL in nats per image, divided by its h * w * c numbers: the loss is then, up to
    a factor, a negative ELBO with pixels of N(part, beta / 2).

    It records `loss`, and `error` and `kl` of a variational model; on held-out pairs
    `test_mse_first` and `test_mse_second`, the squared error per pixel of each output,
    assigned as in training, `test_mse`, their mean, and the PSNR in dB of each of
    these mean errors: `test_psnr_first`, `test_psnr_second`, `test_psnr`.

    Args:
      model: see above.
      steps: length of the training, for the schedule.
      schedule: length to fractions of the learning rate, such as `schedules.cosine`.
      optimizer: instead of Adam with this schedule.
    """

    def init(key: jax.Array, batch: Batch, hparams: HParams) -> Params:
        del hparams
        return model.init(key, originals(model, batch).mean(1))

    def loss(
        params: Params, batch: Batch, key: jax.Array, hparams: HParams
    ) -> tuple[jax.Array, Metrics]:
        true = originals(model, batch)
        is_invariant = hparams.get("invariant", 0.0)
        if not model.variational:
            parts = unmixed(model, params, true.mean(1))
            return losses.assigned_error(parts, true, is_invariant).mean(), {}
        parts, kl = sampled(model, params, true.mean(1), key, hparams)
        error = losses.assigned_error(parts, true, is_invariant).mean()
        rate = kl.mean() / true[0, 0].size
        found = {"error": error, "kl": kl.mean()}
        return error + hparams.get("beta", 1.0) * rate, found

    def evaluate(params: Params, held_out: Batch, hparams: HParams) -> Metrics:
        first, second = held_out_errors(model, params, held_out, hparams).mean(0)
        found = {"": (first + second) / 2, "_first": first, "_second": second}
        return {f"test_mse{name}": error for name, error in found.items()} | {
            f"test_psnr{name}": -10 * jnp.log10(error) for name, error in found.items()
        }

    return gradient(
        model,
        loss,
        optimizer or adam(schedule(steps)),
        evaluate,
        init=init,
        draw=mixtures.draw,
    )


def originals(model: nn.Module, batch: Batch) -> jax.Array:
    """The pairs of a batch, [n, 2, h, w, c] in [0, 1]; their mean is the mixture."""
    dtype = images.loss_dtype(model)
    both = (images.unit(batch[name], dtype) for name in ("first", "second"))
    return jnp.stack(list(both), axis=1)


def unmixed(model: nn.Module, params: Params, mixed: jax.Array) -> jax.Array:
    """What the model gives for mixtures, in the type of losses: [n, 2, h, w, c]."""
    return model.apply(params, mixed).astype(mixed.dtype)


def sampled(
    model: nn.Module, params: Params, mixed: jax.Array, key: jax.Array, hparams: HParams
) -> tuple[jax.Array, jax.Array]:
    """Parts [n, 2, h, w, c] of one sample of a variational code, and its KL [n]."""
    found = model.apply(params, mixed, method="encode")
    mean, log_variance = (
        a.astype(mixed.dtype) for a in (found.mean, found.log_variance)
    )
    length = mean.shape[-1]
    mask = sampling.mask(length, hparams.get("zdim", jnp.int32(length)))
    latents = sampling.reparameterize(key, mean, log_variance, mask)
    parts = model.apply(params, latents, mixed, method="separate")
    kl = variational.gaussian_kl(mean, log_variance)
    return parts.astype(mixed.dtype), kl.reshape(len(mixed), -1).sum(-1)


def held_out_errors(
    model: nn.Module, params: Params, held_out: Batch, hparams: HParams
) -> jax.Array:
    """Squared error per pixel of each output, assigned as in training: [n, 2]."""

    def each(batch: Batch) -> jax.Array:
        true = originals(model, batch)
        parts = unmixed(model, params, true.mean(1))
        parts = losses.assigned(parts, true, hparams.get("invariant", 0.0))
        return losses.errors(parts, true)

    return batched(each, {name: held_out[name] for name in ("first", "second")})
