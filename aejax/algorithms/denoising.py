"""Autoencoders that reconstruct the original of a distorted image.

Their code has to leave out how an image is rotated, scaled, sheared and shifted, and
to keep the rest: no label is needed to say what may be forgotten (Vincent et al. 2008,
there with noise).
"""

import flax.linen as nn
import jax

from aejax import images
from aejax.algorithm import Algorithm, Batch, HParams, Metrics, Params, gradient
from aejax.algorithms.autoencoder import autoencoder
from aejax.algorithms.schedules import one_cycle_adam
from aejax.data import augment
from aejax.losses import reconstruction


def denoising(model: nn.Module, *, steps: int) -> Algorithm:
    """The training; members need `learning_rate` and `distortion` in their hparams.

    `distortion` is the strength in `augment.distort`; with 0 this is an ordinary
    autoencoder, so both kinds can be members of one program. Evaluated on held-out
    images as they are, as `test_mse`.
    """

    def loss(
        params: Params, batch: Batch, key: jax.Array, hparams: HParams
    ) -> tuple[jax.Array, Metrics]:
        target = images.unit(batch["image"], images.loss_dtype(model))
        distorted = augment.distort(key, target, hparams["distortion"])
        logits = model.apply(params, distorted).astype(target.dtype)
        return reconstruction.squared_error(logits, target).mean(), {}

    evaluate = autoencoder(model, steps=steps).evaluate
    return gradient(model, loss, one_cycle_adam(steps), evaluate)
