"""What an autoencoder or VAE encodes and generates: codes, reconstructions, samples.

For use inside a compiled program; batch by batch, whatever the number of images.
"""

from functools import partial

import flax.linen as nn
import jax
import jax.numpy as jnp

from aejax import images as im
from aejax import sampling
from aejax.algorithm import HParams, Params
from aejax.eval.batching import batched
from aejax.eval.likelihood import active_units
from aejax.losses.reconstruction import pixel_mse

_BATCH = 1000


def mean_codes(model: nn.Module, params: Params, images: jax.Array) -> jax.Array:
    """Posterior means of images [n, h, w, c], uint8 or in [0, 1]: [n, zdim]."""
    encode = partial(model.apply, params, method="encode")
    return batched(lambda batch: encode(batch).mean, images, _BATCH)


def reconstruct(model: nn.Module, params: Params, batch: jax.Array) -> jax.Array:
    """An autoencoder's reconstructions in [0, 1] of one batch of images."""
    return model.apply(params, batch, method="reconstruct")


def pixel_errors(model: nn.Module, params: Params, batch: jax.Array) -> jax.Array:
    """Squared error per pixel of each image of one batch: [n, h, w, c] to [n]."""
    return pixel_mse(reconstruct(model, params, batch), batch)


def decoded(model: nn.Module, params: Params, latents: jax.Array) -> jax.Array:
    """Images [n, h, w, c] in [0, 1] of latents [n, zdim]."""
    decode = partial(model.apply, params, method="decode")
    return batched(decode, latents, _BATCH)


def reconstruction(
    model: nn.Module, params: Params, images: jax.Array, shown: jax.Array
) -> dict[str, jax.Array]:
    """How images look after encoding to the mean code and decoding.

    Args:
      model: with `encode`, which gives a posterior, and `decode`.
      params: its parameters.
      images: [n, h, w, c], uint8 or in [0, 1].
      shown: [m, h, w, c], those whose reconstructions are kept.

    Returns:
      "codes" [n, zdim], "active" (the number of active units), "mse" (squared error
      per pixel) and "reconstructions" [m, h, w, c].
    """
    codes = mean_codes(model, params, images)
    error = decoded(model, params, codes) - im.unit(images)
    return {
        "codes": codes,
        "active": active_units(codes),
        "mse": jnp.square(error).mean(),
        "reconstructions": decoded(model, params, mean_codes(model, params, shown)),
    }


def prior_samples(
    model: nn.Module, params: Params, key: jax.Array, count: int, hparams: HParams
) -> jax.Array:
    """Decoded samples of N(0, I).

    Args:
      model: with `zdim`, padded or not.
      params: its parameters.
      key: of the samples; a padded model gives those of the model alone.
      count: number of samples.
      hparams: `zdim`, the member's own, where the model is padded.

    Returns:
      [count, h, w, c] in [0, 1].
    """
    zdim = hparams.get("zdim", jnp.int32(model.zdim))
    latents = sampling.noise(key, jnp.zeros((count, model.zdim)))
    own = sampling.mask(model.zdim, zdim).astype(latents.dtype)
    return decoded(model, params, latents * own[None])
