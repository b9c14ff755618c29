"""VAEs of codes: a Gaussian likelihood with a learned variance."""

from functools import partial

import jax
import jax.numpy as jnp

from aejax import keys, sampling
from aejax.algorithm import (
    Algorithm,
    Batch,
    HParams,
    Metrics,
    Optimizer,
    Params,
    gradient,
)
from aejax.algorithms.codes import Codes, given, own_codes
from aejax.algorithms.schedules import adam, cosine
from aejax.algorithms.vae import latents_mask
from aejax.eval.batching import batched
from aejax.losses import variational
from aejax.models.code_vae import CodeVAE


def code_vae(
    model: CodeVAE,
    *,
    steps: int,
    codes: Codes = given,
    optimizer: Optimizer | None = None,
) -> Algorithm:
    """The training of a VAE of codes; members need `learning_rate`.

    It minimises the negative ELBO in nats per code, of which the variance of the
    likelihood is a parameter (Dai & Wipf, arXiv:1903.05789). For codes of N(m, S) the
    minimum is their entropy. Evaluated on held-out codes, with one sample, as
    `test_reconstruction`, `test_kl`, `test_loss`.

    Args:
      model: the network.
      steps: length of the training, over which the learning rate falls to 0.
      codes: of a batch; an encoder of several is chosen here by an hparam.
      optimizer: instead of Adam with a cosine schedule.
    """

    def init(key: jax.Array, batch: Batch, hparams: HParams) -> Params:
        return model.init(key, own_codes(model, batch, hparams, codes))

    def loss(
        params: Params, batch: Batch, key: jax.Array, hparams: HParams
    ) -> tuple[jax.Array, Metrics]:
        x = own_codes(model, batch, hparams, codes)
        error, kl = terms(model, params, x, key, hparams)
        return (error + kl).mean(), {"reconstruction": error.mean(), "kl": kl.mean()}

    def evaluate(params: Params, held_out: Batch, hparams: HParams) -> Metrics:
        key = keys.stream(0, keys.DRAWS)
        x = own_codes(model, held_out, hparams, codes)
        each = partial(terms, model, params, key=key, hparams=hparams)
        error, kl = batched(each, x, 1000)
        return {
            "test_loss": (error + kl).mean(),
            "test_reconstruction": error.mean(),
            "test_kl": kl.mean(),
        }

    return gradient(model, loss, optimizer or adam(cosine(steps)), evaluate, init=init)


def terms(
    model: CodeVAE, params: Params, codes: jax.Array, key: jax.Array, hparams: HParams
) -> tuple[jax.Array, jax.Array]:
    """Reconstruction and KL of codes [n, zdim], nats, with one sample: [n] and [n]."""
    mask = latents_mask(model, hparams)
    found = model.apply(params, codes, method="encode")
    mean, log_variance = (
        a.astype(codes.dtype) for a in (found.mean, found.log_variance)
    )
    latents = sampling.reparameterize(key, mean, log_variance, mask)
    density = _log_density(model, params, codes, latents)
    error = -(density * mask.astype(density.dtype)[None]).sum(-1)
    return error, variational.gaussian_kl(mean, log_variance).sum(-1)


def _log_density(
    model: CodeVAE, params: Params, codes: jax.Array, latents: jax.Array
) -> jax.Array:
    mean, log_variance = model.apply(params, latents, method="decode")
    mean, log_variance = (a.astype(codes.dtype) for a in (mean, log_variance))
    return variational.log_normal(codes, mean, log_variance)


def sample(
    model: CodeVAE, params: Params, key: jax.Array, count: int, hparams: HParams
) -> jax.Array:
    """Codes of a trained VAE: of latents of N(0, I), with the noise of the likelihood.

    Args:
      model: the network, padded or not.
      params: its parameters.
      key: of the samples; a padded model gives those of the model alone.
      count: number of codes.
      hparams: `zdim`, the member's own, where the model is padded.

    Returns:
      [count, zdim], on the scale of the codes that the network was trained on; 0 in
      the coordinates that are padding.
    """
    key_latents, key_codes = jax.random.split(key)
    zero = jnp.zeros((count, model.zdim), model.param_dtype)
    mask = latents_mask(model, hparams)
    latents = sampling.reparameterize(key_latents, zero, zero, mask)
    mean, log_variance = model.apply(params, latents, method="decode")
    spread = jnp.broadcast_to(log_variance, mean.shape)
    return sampling.reparameterize(key_codes, mean, spread, mask)
