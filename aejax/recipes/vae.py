"""VAEs: the two terms of the negative ELBO with a weight each, or a tighter bound.

Members need in their hyper `learning_rate`; `reconstruction` and `beta`, the
weights of the two terms, are 1 where they are not given.
"""

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import optax

from aejax import images, keys, sampling, train
from aejax.models.vae import VAE, Posterior
from aejax.objectives import reconstruction, variational
from aejax.recipes.schedules import one_cycle_adam

Likelihood = Callable[[jax.Array, jax.Array], jax.Array]
"""Image logits and images to the negative log-likelihood [n] in nats."""


def recipe(
    model: VAE,
    *,
    steps: int,
    batch_size: int,
    samples: int = 0,
    likelihood: Likelihood = reconstruction.bernoulli,
    optimizer: Callable[[train.Hyper], optax.GradientTransformation] | None = None,
    binarize: bool = False,
) -> train.Recipe:
    """The recipe of `model`.

    Args:
      model: the network; conditional ones see the batch's labels.
      steps: length of the learning rate's cycle.
      batch_size: images per step.
      samples: 0 for the ELBO with the analytic KL; k > 0 for the
        importance-weighted bound with k samples (weights of terms then do not
        apply).
      likelihood: of the pixels.
      optimizer: instead of Adam with one cycle.
      binarize: every step sees pixels drawn anew from Bernoulli(grey level).
    """

    def loss(params, batch, key, hyper):
        key_pixels, key = jax.random.split(key)
        batch = {**batch, "image": images.unit(batch["image"], model.param_dtype)}
        if binarize:
            batch["image"] = binarized(key_pixels, batch["image"])
        if samples:
            return bound_loss(
                model, params, batch, key, hyper, likelihood=likelihood, samples=samples
            )
        return elbo_loss(model, params, batch, key, hyper, likelihood=likelihood)

    return train.Recipe(loss, optimizer or one_cycle_adam(steps), batch_size)


def binarized(key: jax.Array, pictures: jax.Array) -> jax.Array:
    """Pixels drawn from Bernoulli(grey level): 0 or 1, of the same shape and type."""
    return jax.random.bernoulli(key, pictures).astype(pictures.dtype)


def latents_mask(model: VAE, hyper: train.Hyper) -> jax.Array:
    """Which coordinates of the padded model are a member's own: bool [zdim]."""
    return sampling.mask(model.zdim, hyper.get("zdim", jnp.int32(model.zdim)))


def terms(
    model: VAE,
    params: train.Params,
    batch: train.Data,
    key: jax.Array,
    hyper: train.Hyper,
    likelihood: Likelihood = reconstruction.bernoulli,
) -> tuple[jax.Array, jax.Array]:
    """Reconstruction and KL of each image, nats, with one sample: [n] and [n]."""
    pictures = images.unit(batch["image"], model.param_dtype)
    found = _encode(model, params, pictures, batch)
    mask = latents_mask(model, hyper)
    latents = sampling.reparameterize(key, found.mean, found.log_variance, mask)
    logits = _logits(model, params, latents, batch)
    kl = variational.gaussian_kl(found.mean, found.log_variance).sum(-1)
    return likelihood(logits, pictures), kl


def elbo_loss(
    model: VAE,
    params: train.Params,
    batch: train.Data,
    key: jax.Array,
    hyper: train.Hyper,
    *,
    likelihood: Likelihood = reconstruction.bernoulli,
) -> tuple[jax.Array, train.Metrics]:
    """Weighted sum of the two terms, mean over a batch, nats per image."""
    error, kl = terms(model, params, batch, key, hyper, likelihood)
    weighted = hyper.get("reconstruction", 1.0) * error + hyper.get("beta", 1.0) * kl
    return weighted.mean(), {"reconstruction": error.mean(), "kl": kl.mean()}


def log_weights(
    model: VAE,
    params: train.Params,
    batch: train.Data,
    key: jax.Array,
    hyper: train.Hyper,
    *,
    samples: int,
    likelihood: Likelihood = reconstruction.bernoulli,
) -> jax.Array:
    """Log weights, log p(x, z) - log q(z | x), of some draws: [samples, n]."""
    pictures = images.unit(batch["image"], model.param_dtype)
    found = _encode(model, params, pictures, batch)
    mask = latents_mask(model, hyper)
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
    shown = jnp.broadcast_to(pictures, (samples, *pictures.shape))
    error = likelihood(logits, shown.reshape(-1, *pictures.shape[1:]))
    return ratio - error.reshape(samples, -1)


def bound_loss(
    model: VAE,
    params: train.Params,
    batch: train.Data,
    key: jax.Array,
    hyper: train.Hyper,
    *,
    samples: int,
    likelihood: Likelihood = reconstruction.bernoulli,
) -> tuple[jax.Array, train.Metrics]:
    """Negative importance-weighted bound, mean over a batch, nats per image."""
    weights = log_weights(
        model, params, batch, key, hyper, samples=samples, likelihood=likelihood
    )
    elbo = weights.mean()
    return -variational.importance_bound(weights).mean(), {"elbo": elbo}


def evaluate(
    model: VAE,
    params: train.Params,
    hyper: train.Hyper,
    held_out: Mapping[str, jax.Array],
    *,
    likelihood: Likelihood = reconstruction.bernoulli,
) -> train.Metrics:
    """Terms of the held-out images: `test_reconstruction`, `test_kl`, `test_loss`."""
    key = keys.stream(hyper["seed"], keys.DRAWS)

    def each(batch: train.Data) -> tuple[jax.Array, jax.Array]:
        return terms(model, params, batch, key, hyper, likelihood)

    error, kl = train.batched(each, dict(held_out), 1000)
    return {
        "test_loss": (error + kl).mean(),
        "test_reconstruction": error.mean(),
        "test_kl": kl.mean(),
    }


def _encode(
    model: VAE, params: train.Params, pictures: jax.Array, batch: train.Data
) -> Posterior:
    labels = batch["label"] if model.classes else None
    return model.apply(params, pictures, labels, method="encode")


def _logits(
    model: VAE,
    params: train.Params,
    latents: jax.Array,
    batch: train.Data,
    samples: int = 1,
) -> jax.Array:
    labels = jnp.tile(batch["label"], samples) if model.classes else None
    return model.apply(params, latents, labels, method="logits")
