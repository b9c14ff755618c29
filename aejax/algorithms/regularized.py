"""Autoencoders that are plain, denoising or variational, as members of one program.

In nats per image, all weights a member's own:

    reconstruction of the clean image + penalty KL

of an image with normal noise of deviation `corruption` (Vincent et al. 2008). Where
`noise` is above 0 the code is drawn as in a VAE, otherwise it is the mean: without any
of the three this is a plain autoencoder, and with `noise` and a penalty a β-VAE.
"""

import jax
import jax.numpy as jnp

from aejax import images, sampling
from aejax.algorithm import Algorithm, Batch, HParams, Metrics, Params, gradient
from aejax.algorithms.schedules import one_cycle_adam
from aejax.algorithms.vae import latents_mask
from aejax.losses import reconstruction, variational
from aejax.models.vae import VAE

PLAIN = {"corruption": 0.0, "noise": 0.0, "penalty": 0.0}
"""Hyperparameters of a plain autoencoder; members need all of them."""


def regularized(model: VAE, *, steps: int) -> Algorithm:
    """The training; members need `learning_rate` and what `PLAIN` has.

    Args:
      model: a VAE without categories or classes.
      steps: length of the learning rate's cycle.
    """

    def loss(
        params: Params, batch: Batch, key: jax.Array, hparams: HParams
    ) -> tuple[jax.Array, Metrics]:
        shown = images.unit(batch["image"], images.loss_dtype(model))
        first, second = jax.random.split(key)
        dirt = hparams["corruption"] * jax.random.normal(first, shown.shape)
        found = model.apply(params, shown + dirt, method="encode")
        own = latents_mask(model, hparams)
        drawn = sampling.reparameterize(second, found.mean, found.log_variance, own)
        code = jnp.where(hparams["noise"] > 0, drawn, found.mean)
        logits = model.apply(params, code, method="logits")
        kl = variational.gaussian_kl(found.mean, found.log_variance).sum(-1)
        error = reconstruction.bernoulli(logits, shown)
        return (error + hparams["penalty"] * kl).mean(), {}

    return gradient(model, loss, one_cycle_adam(steps))
