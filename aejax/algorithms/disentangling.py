"""VAEs that are to disentangle: β, total correlation and capacity as one loss.

In nats per image, all weights a member's own, so that variants are one program:

    reconstruction + beta KL + total_correlation TC + gamma |KL - C(t)|

beta alone is the β-VAE (Higgins et al. 2017), and with beta = 1 the ELBO; with a
`total_correlation` of w beside a beta of 1 it is the β-TCVAE (Chen et al.,
arXiv:1802.04942) of weight 1 + w, or FactorVAE without its discriminator (Kim & Mnih,
arXiv:1802.05983); with beta = 0 and a gamma the capacity C grows from 0 to its last
value (Burgess et al., arXiv:1804.03599).
"""

from collections.abc import Mapping

import jax

from aejax import images, sampling
from aejax.algorithm import Algorithm, Batch, HParams, Metrics, Params, gradient
from aejax.algorithms.schedules import one_cycle_adam
from aejax.algorithms.vae import Likelihood, held_out_terms, latents_mask
from aejax.losses import reconstruction, variational
from aejax.models.vae import VAE

WEIGHTS: Mapping[str, float] = {
    "beta": 1.0, "total_correlation": 0.0, "gamma": 0.0, "capacity": 0.0,
}  # fmt: skip
"""What members have where their hparams lack it: the ELBO."""


def disentangling(
    model: VAE,
    *,
    steps: int,
    annealing: float = 0.5,
    likelihood: Likelihood = reconstruction.bernoulli,
) -> Algorithm:
    """The training; members need `learning_rate`, and the weights that they change.

    Records `reconstruction`, `kl` and `total_correlation`, nats per image; evaluated
    as `aejax.algorithms.vae`.

    Args:
      model: a VAE without categories or classes.
      steps: length of the learning rate's cycle.
      annealing: fraction of the steps within which the capacity grows, above 0.
      likelihood: of the pixels.
    """
    annealed = max(1, round(annealing * steps))

    def loss(
        params: Params, batch: Batch, key: jax.Array, hparams: HParams
    ) -> tuple[jax.Array, Metrics]:
        own = {name: hparams.get(name, value) for name, value in WEIGHTS.items()}
        shown = images.unit(batch["image"], images.loss_dtype(model))
        mean, log_variance, *_ = model.apply(params, shown, method="encode")
        mask = latents_mask(model, hparams)
        latents = sampling.reparameterize(key, mean, log_variance, mask)
        logits = model.apply(params, latents, method="logits")
        error = likelihood(logits, shown).mean()
        kl = variational.gaussian_kl(mean, log_variance).sum(-1)
        tc = variational.total_correlation(latents, mean, log_variance).mean()
        goal = variational.warm_up(
            hparams["step"].astype(mean.dtype), annealed, own["capacity"]
        )
        total = error + own["beta"] * kl.mean() + own["total_correlation"] * tc
        total += own["gamma"] * variational.capacity_penalty(kl, goal)
        metrics = {"reconstruction": error, "kl": kl.mean(), "total_correlation": tc}
        return total, metrics

    def evaluate(params: Params, held_out: Batch, hparams: HParams) -> Metrics:
        return held_out_terms(model, params, held_out, hparams, likelihood=likelihood)

    return gradient(model, loss, one_cycle_adam(steps), evaluate)


def codes_and_terms(
    model: VAE, params: Params, data: Batch, hparams: HParams
) -> dict[str, jax.Array]:
    """Codes of some images and what the loss is made of, without weights, in nats.

    Args:
      model: a VAE without categories or classes.
      params: its parameters.
      data: with "image".
      hparams: a member's own.

    Returns:
      `mean` [n, zdim] of the codes; the means over images `error` (Bernoulli), `kl`,
      `kl_each` [zdim] and `tc`, the total correlation; with one sample, the same for
      all models.
    """
    del hparams
    mean, log_variance, *_ = model.apply(params, data["image"], method="encode")
    drawn = sampling.reparameterize(jax.random.key(1), mean, log_variance)
    logits = model.apply(params, drawn, method="logits")
    error = reconstruction.bernoulli(logits, images.unit(data["image"]))
    kl = variational.gaussian_kl(mean, log_variance).mean(0)
    tc = variational.total_correlation(drawn, mean, log_variance).mean()
    return {
        "mean": mean,
        "error": error.mean(),
        "kl": kl.sum(),
        "kl_each": kl,
        "tc": tc,
    }
