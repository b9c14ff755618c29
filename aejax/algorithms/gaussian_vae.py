"""VAEs with a Gaussian likelihood: its variance, annealing and free bits.

In nats per image, with all of it a member's own, so that variants are one program:

    -log N(x; decoded, deviation^2) + anneal(t) sum_j max(KL_j, free_bits)

The deviation is fixed, or, where it is 0, the likeliest one for each batch, the root of
its mean squared error: the optimum of a learnt one (Rybkin et al., arXiv:2006.13202).
It weighs the two terms: squared errors count 1 / 2 deviation^2. The weight of the KL
grows from 0 to 1 within a first fraction `annealing` of the steps (Bowman et al.,
arXiv:1511.06349).
"""

from collections.abc import Mapping

import jax
import jax.numpy as jnp

from aejax import images, keys, sampling
from aejax.algorithm import Algorithm, Batch, HParams, Metrics, Params, gradient
from aejax.algorithms.schedules import one_cycle_adam
from aejax.algorithms.vae import latents_mask
from aejax.losses import reconstruction, variational
from aejax.models.vae import VAE

WEIGHTS: Mapping[str, float] = {"deviation": 0.0, "annealing": 0.0, "free_bits": 0.0}
"""What members have where their hparams lack it."""


def gaussian_vae(model: VAE, *, steps: int) -> Algorithm:
    """The training; members need `learning_rate`, and what they change of `WEIGHTS`.

    Records `reconstruction` and `kl`, nats per image, and `deviation`; evaluated as
    `test_` of each, and `test_loss`, the negative ELBO.

    Args:
      model: a VAE without categories or classes.
      steps: length of the learning rate's cycle.
    """

    def loss(
        params: Params, batch: Batch, key: jax.Array, hparams: HParams
    ) -> tuple[jax.Array, Metrics]:
        own = {name: hparams.get(name, value) for name, value in WEIGHTS.items()}
        error, kl, deviation = terms(model, params, batch, key, hparams)
        step = jnp.asarray(hparams["step"], kl.dtype)
        paid = variational.free_bits(kl, own["free_bits"])
        within = own["annealing"] * steps
        weight = jnp.where(within > 0, variational.warm_up(step, within, 1.0), 1.0)
        metrics = {
            "reconstruction": error.mean(),
            "kl": kl.sum(-1).mean(),
            "deviation": deviation,
        }
        return error.mean() + weight * paid, metrics

    def evaluate(params: Params, held_out: Batch, hparams: HParams) -> Metrics:
        key = keys.stream(hparams["seed"], keys.DRAWS)
        error, kl, deviation = terms(model, params, held_out, key, hparams)
        return {
            "test_loss": (error + kl.sum(-1)).mean(),
            "test_reconstruction": error.mean(),
            "test_kl": kl.sum(-1).mean(),
            "test_deviation": deviation,
        }

    return gradient(model, loss, one_cycle_adam(steps), evaluate)


def terms(
    model: VAE, params: Params, batch: Batch, key: jax.Array, hparams: HParams
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Reconstruction [n] and each coordinate's KL [n, zdim], nats; deviation []."""
    shown = images.unit(batch["image"], images.loss_dtype(model))
    mean, log_variance, *_ = model.apply(params, shown, method="encode")
    mask = latents_mask(model, hparams)
    latents = sampling.reparameterize(key, mean, log_variance, mask)
    logits = model.apply(params, latents, method="logits")
    given = jnp.asarray(hparams.get("deviation", 0.0), shown.dtype)
    best = reconstruction.best_deviation(logits, shown)
    deviation = jnp.where(given > 0, given, best)
    error = reconstruction.gaussian(logits, shown, deviation)
    return error, variational.gaussian_kl(mean, log_variance), deviation
