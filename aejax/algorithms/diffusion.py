"""Diffusion models of codes: a second stage that turns an autoencoder into a generator.

A network learns to remove noise from the codes of a trained encoder; `aejax.diffusion`
makes new codes with it, and the decoder images of these (latent diffusion, Rombach et
al., arXiv:2112.10752). For the loss see `losses.diffusion`.
"""

from functools import partial

import jax
import jax.numpy as jnp

from aejax import diffusion as samplers
from aejax import keys
from aejax.algorithm import (
    Algorithm,
    Batch,
    HParams,
    Metrics,
    Optimizer,
    Params,
    gradient,
    with_ema,
)
from aejax.algorithms.codes import Codes, given, own_codes
from aejax.algorithms.schedules import adam, cosine
from aejax.eval.batching import batched
from aejax.eval.frechet import traced_frechet_distance
from aejax.losses import diffusion as losses
from aejax.models.denoiser import Denoiser


def diffusion(
    model: Denoiser,
    *,
    steps: int,
    codes: Codes = given,
    decay: float = 0.999,
    unlabelled: float = 0.1,
    optimizer: Optimizer | None = None,
    samples: int = 0,
    sample_steps: int = samplers.STEPS,
) -> Algorithm:
    """The training of a diffusion model; members need `learning_rate`.

    It records `loss`, per coordinate; 1 is what codes that are N(0, I) would have.
    Evaluated with the averaged parameters on held-out codes, with the same noise each
    time: `test_loss`, and with `samples` also `test_frechet`.

    Args:
      model: a network with classes needs the batch's "label" [n].
      steps: length of the training, over which the learning rate falls to 0.
      codes: of a batch; an encoder of several is chosen here by an hparam.
      decay: of the average of the parameters, which is what is saved and evaluated.
      unlabelled: probability that a label is withheld in training, so that the network
        learns to denoise without it, too (Ho & Salimans, arXiv:2207.12598).
      optimizer: instead of Adam with a cosine schedule.
      samples: number of samples whose Fréchet distance to the held-out codes is
        evaluated; with classes they have the held-out labels, from the first on.
      sample_steps: of these samples.
    """

    def init(key: jax.Array, batch: Batch, hparams: HParams) -> Params:
        x = own_codes(model, batch, hparams, codes)
        return model.init(key, x, jnp.zeros(len(x), x.dtype))

    def loss(
        params: Params, batch: Batch, key: jax.Array, hparams: HParams
    ) -> tuple[jax.Array, Metrics]:
        key_label, key = jax.random.split(key)
        labels = own_labels(model, batch)
        if labels is not None:
            hidden = jax.random.bernoulli(key_label, unlabelled, labels.shape)
            labels = jnp.where(hidden, jnp.int32(model.classes), labels)
        x = own_codes(model, batch, hparams, codes)
        return errors(model, params, x, labels, key, hparams).mean(), {}

    def evaluate(params: Params, held_out: Batch, hparams: HParams) -> Metrics:
        x = own_codes(model, held_out, hparams, codes)
        labels = own_labels(model, held_out)
        found = {"test_loss": held_out_errors(model, params, x, labels, hparams).mean()}
        if samples:
            key = keys.stream(hparams["seed"], keys.DRAWS)
            made = samplers.sample(
                model, params, key, samples, hparams,
                labels=None if labels is None else jnp.resize(labels, (samples,)),
                steps=sample_steps,
            )  # fmt: skip
            found["test_frechet"] = traced_frechet_distance(made, x)
        return found

    learned = gradient(
        model, loss, optimizer or adam(cosine(steps)), evaluate, init=init
    )
    return with_ema(learned, decay)


def errors(
    model: Denoiser,
    params: Params,
    codes: jax.Array,
    labels: jax.Array | None,
    key: jax.Array,
    hparams: HParams,
) -> jax.Array:
    """Squared error of each code's velocity, per coordinate: [n, zdim] to [n]."""
    key_angle, key_noise = jax.random.split(key)
    angle = losses.angles(key_angle, len(codes), dtype=codes.dtype)
    noise = samplers.own_noise(key_noise, codes, hparams)
    network = samplers.velocity_of(model, params, labels)
    total = losses.velocity_error(network, codes, noise, angle)
    return total / jnp.asarray(hparams.get("zdim", model.zdim), total.dtype)


def held_out_errors(
    model: Denoiser,
    params: Params,
    codes: jax.Array,
    labels: jax.Array | None,
    hparams: HParams,
) -> jax.Array:
    """`errors` of any number of codes, with a key of their own: [n]."""
    key = keys.stream(0, keys.DRAWS)
    each = partial(errors, model, params, key=key, hparams=hparams)
    if labels is None:
        return batched(lambda x: each(x, None), codes, 1000)
    return batched(lambda both: each(*both), (codes, labels), 1000)


def own_labels(model: Denoiser, batch: Batch) -> jax.Array | None:
    """The labels of a batch, int32 [n], where the network takes them."""
    return batch["label"].astype(jnp.int32) if model.classes else None
