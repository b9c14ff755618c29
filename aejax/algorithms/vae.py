"""VAEs: the two terms of the negative ELBO with a weight each, or a tighter bound.

Members need in their hparams `learning_rate`; `reconstruction` and `beta`, the
weights of the two terms, are 1 where they are not given.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from aejax import images, keys, sampling
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
from aejax.eval.batching import batched
from aejax.losses import reconstruction, variational
from aejax.models.vae import VAE, Posterior

Likelihood = Callable[[jax.Array, jax.Array], jax.Array]
"""Image logits and images to the negative log-likelihood [n] in nats."""


def vae(
    model: VAE,
    *,
    steps: int,
    samples: int = 0,
    likelihood: Likelihood = reconstruction.bernoulli,
    optimizer: Optimizer | None = None,
    binarize: bool = False,
) -> Algorithm:
    """The training of a VAE (Kingma & Welling, arXiv:1312.6114) or an IWAE.

    Members need `learning_rate`; `reconstruction` and `beta`, the weights of the two
    terms, are 1 where their hparams lack them. Records the terms in nats per image;
    evaluated, with one sample, as `test_reconstruction`, `test_kl`, `test_loss`.

    Args:
      model: the network; conditional ones get the batch's labels.
      steps: length of the learning rate's cycle.
      samples: 0 for the ELBO with the analytic KL; k > 0 for the
        importance-weighted bound with k samples (Burda et al., arXiv:1509.00519;
        weights of terms then do not apply).
      likelihood: of the pixels.
      optimizer: instead of Adam with one cycle.
      binarize: every step draws pixels anew from Bernoulli(grey level).
    """

    def loss(
        params: Params, batch: Batch, key: jax.Array, hparams: HParams
    ) -> tuple[jax.Array, Metrics]:
        key_pixels, key = jax.random.split(key)
        batch = {
            **batch,
            "image": images.unit(batch["image"], images.loss_dtype(model)),
        }
        if binarize:
            batch["image"] = binarized(key_pixels, batch["image"])
        if samples:
            return bound_loss(
                model, params, batch, key, hparams,
                likelihood=likelihood, samples=samples,
            )  # fmt: skip
        return elbo_loss(model, params, batch, key, hparams, likelihood=likelihood)

    def evaluate(params: Params, held_out: Batch, hparams: HParams) -> Metrics:
        return held_out_terms(model, params, held_out, hparams, likelihood=likelihood)

    return gradient(model, loss, optimizer or one_cycle_adam(steps), evaluate)


def binarized(key: jax.Array, shown: jax.Array) -> jax.Array:
    """Pixels drawn from Bernoulli(grey level): 0 or 1, of the same shape and type."""
    return jax.random.bernoulli(key, shown).astype(shown.dtype)


def latents_mask(model: VAE, hparams: HParams) -> jax.Array:
    """Which coordinates of the padded model are a member's own: bool [zdim]."""
    return sampling.mask(model.zdim, hparams.get("zdim", jnp.int32(model.zdim)))


def terms(
    model: VAE,
    params: Params,
    batch: Batch,
    key: jax.Array,
    hparams: HParams,
    likelihood: Likelihood = reconstruction.bernoulli,
) -> tuple[jax.Array, jax.Array]:
    """Reconstruction and KL of each image, nats, with one sample: [n] and [n]."""
    shown = images.unit(batch["image"], images.loss_dtype(model))
    found = _encode(model, params, shown, batch)
    mask = latents_mask(model, hparams)
    latents = sampling.reparameterize(key, found.mean, found.log_variance, mask)
    logits = _logits(model, params, latents, batch)
    kl = variational.gaussian_kl(found.mean, found.log_variance).sum(-1)
    return likelihood(logits, shown), kl


def elbo_loss(
    model: VAE,
    params: Params,
    batch: Batch,
    key: jax.Array,
    hparams: HParams,
    *,
    likelihood: Likelihood = reconstruction.bernoulli,
) -> tuple[jax.Array, Metrics]:
    """Weighted sum of the two terms, mean over a batch, nats per image."""
    error, kl = terms(model, params, batch, key, hparams, likelihood)
    weighted = (
        hparams.get("reconstruction", 1.0) * error + hparams.get("beta", 1.0) * kl
    )
    return weighted.mean(), {"reconstruction": error.mean(), "kl": kl.mean()}


def log_weights(
    model: VAE,
    params: Params,
    batch: Batch,
    key: jax.Array,
    hparams: HParams,
    *,
    samples: int,
    likelihood: Likelihood = reconstruction.bernoulli,
) -> jax.Array:
    """Log weights, log p(x, z) - log q(z | x), of some samples: [samples, n]."""
    shown = images.unit(batch["image"], images.loss_dtype(model))
    found = _encode(model, params, shown, batch)
    mask = latents_mask(model, hparams)
    mean, log_variance = (
        jnp.broadcast_to(a, (samples, *a.shape))
        for a in (found.mean, found.log_variance)
    )
    latents = sampling.reparameterize(key, mean, log_variance, mask)
    prior = variational.log_standard_normal(latents)
    posterior = variational.log_normal(latents, mean, log_variance)
    # A padded coordinate is its mean in both: the difference is exactly zero.
    ratio = (prior - posterior).sum(-1)
    logits = _logits(model, params, latents.reshape(-1, model.zdim), batch, samples)
    repeated = jnp.broadcast_to(shown, (samples, *shown.shape))
    error = likelihood(logits, repeated.reshape(-1, *shown.shape[1:]))
    return ratio - error.reshape(samples, -1)


def bound_loss(
    model: VAE,
    params: Params,
    batch: Batch,
    key: jax.Array,
    hparams: HParams,
    *,
    samples: int,
    likelihood: Likelihood = reconstruction.bernoulli,
) -> tuple[jax.Array, Metrics]:
    """Negative importance-weighted bound, mean over a batch, nats per image."""
    weights = log_weights(
        model, params, batch, key, hparams, samples=samples, likelihood=likelihood
    )
    elbo = weights.mean()
    return -variational.importance_bound(weights).mean(), {"elbo": elbo}


def held_out_terms(
    model: VAE,
    params: Params,
    held_out: Batch,
    hparams: HParams,
    *,
    likelihood: Likelihood = reconstruction.bernoulli,
) -> Metrics:
    """Terms of the held-out images: `test_reconstruction`, `test_kl`, `test_loss`."""
    key = keys.stream(hparams["seed"], keys.DRAWS)

    def each(batch: Batch) -> tuple[jax.Array, jax.Array]:
        return terms(model, params, batch, key, hparams, likelihood)

    error, kl = batched(each, dict(held_out), 1000)
    return {
        "test_loss": (error + kl).mean(),
        "test_reconstruction": error.mean(),
        "test_kl": kl.mean(),
    }


def _encode(model: VAE, params: Params, shown: jax.Array, batch: Batch) -> Posterior:
    labels = batch["label"] if model.classes else None
    found = model.apply(params, shown, labels, method="encode")
    return jax.tree.map(lambda a: a.astype(shown.dtype), found)


def _logits(
    model: VAE,
    params: Params,
    latents: jax.Array,
    batch: Batch,
    samples: int = 1,
) -> jax.Array:
    labels = jnp.tile(batch["label"], samples) if model.classes else None
    logits = model.apply(params, latents, labels, method="logits")
    return logits.astype(latents.dtype)
