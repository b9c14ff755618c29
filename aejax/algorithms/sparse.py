"""Sparse and denoising autoencoders with linear outputs, as members of one program.

Squared error of the clean image, and `sparsity` times what the units add to it: the
activity of each unit times the length of its row of the decoder, so that small codes
with large rows do not pay. Inputs have normal noise of deviation `noise`.
"""

import jax
import jax.numpy as jnp

from aejax import images
from aejax.algorithm import Algorithm, Batch, HParams, Metrics, Params, gradient
from aejax.algorithms.schedules import one_cycle_adam
from aejax.losses import reconstruction
from aejax.models.mlp_autoencoder import MlpAutoencoder


def sparse(model: MlpAutoencoder, *, steps: int) -> Algorithm:
    """The training; members need `learning_rate`, `sparsity` and `noise`.

    Args:
      model: without hidden layers; its logits are taken for grey levels.
      steps: length of the learning rate's cycle.
    """

    def loss(
        params: Params, batch: Batch, key: jax.Array, hparams: HParams
    ) -> tuple[jax.Array, Metrics]:
        clean = images.unit(batch["image"])
        noisy = clean + hparams["noise"] * jax.random.normal(key, clean.shape)
        codes = model.apply(params, noisy, method="encode")
        rebuilt = model.apply(params, codes, method="logits")
        lengths = jnp.sqrt(jnp.square(rows(params)).sum((1, 2, 3)) + 1e-8)
        error = reconstruction.pixel_sum(jnp.square(rebuilt - clean))
        penalty = jnp.abs(codes) @ lengths
        return (error + hparams["sparsity"] * penalty).mean(), {}

    return gradient(model, loss, one_cycle_adam(steps))


def rows(params: Params) -> jax.Array:
    """What each unit of the code adds to an image, per activity: [zdim, h, w, c]."""
    kernel: jax.Array = params["params"]["decoder"]["pixels"]["kernel"]
    return kernel


def strongest(
    codes: jax.Array, params: Params, count: int, every: int = 1
) -> jax.Array:
    """`rows` of the units that add most to images: [count, h, w, c] in [0, 1].

    Each has a scale of its own: grey is nothing, white adds, black removes.

    Args:
      codes: [n, zdim] of the images.
      params: of an autoencoder without hidden layers.
      count: how many.
      every: 1 for the first ones, 3 for every third of them, and so on.
    """
    own = rows(params)[: codes.shape[1]]
    lengths = jnp.sqrt(jnp.square(own).sum((1, 2, 3)))
    order = jnp.argsort(-codes.mean(0) * lengths)[: every * count : every]
    chosen = own[order]
    return 0.5 + chosen / (2 * jnp.abs(chosen).max((1, 2, 3), keepdims=True))
