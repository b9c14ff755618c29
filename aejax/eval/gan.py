"""What a latent GAN generates, and how far that is from held-out codes.

For use inside a compiled program.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from aejax import images, keys, sampling
from aejax.algorithm import HParams, Metrics, Params
from aejax.eval.frechet import traced_frechet_distance
from aejax.models.latent_gan import LatentGAN

Describe = Callable[[jax.Array, HParams], jax.Array]
"""`(codes [n, zdim], hparams) -> features [n, f]`."""


def themselves(codes: jax.Array, hparams: HParams) -> jax.Array:
    """Codes as features of their own."""
    del hparams
    return codes


def own_noise(
    model: LatentGAN, key: jax.Array, count: int, hparams: HParams
) -> jax.Array:
    """Standard normal noise [count, noise_dim], 0 where a member has none.

    Args:
      model: the network, padded or not.
      key: of the noise; a padded model gets that of the model alone.
      count: rows.
      hparams: `noise_dim`, the member's own, where the model is padded.
    """
    like = jnp.zeros((count, model.noise_dim), images.loss_dtype(model))
    size = hparams.get("noise_dim", jnp.int32(model.noise_dim))
    mask = sampling.mask(model.noise_dim, size).astype(like.dtype)
    return sampling.noise(key, like) * jnp.broadcast_to(mask, like.shape)


def sample(
    model: LatentGAN,
    params: Params,
    key: jax.Array,
    count: int,
    hparams: HParams,
    labels: jax.Array | None = None,
    truncation: float = 1.0,
) -> jax.Array:
    """Generated codes [count, zdim].

    Args:
      model: the network, padded or not.
      params: its parameters.
      key: of the noise; a padded model gives the codes of the model alone.
      count: number of codes.
      hparams: `noise_dim`, the member's own, where the model is padded; may be empty.
      labels: int [count], of a conditional model (class 0 if not given).
      truncation: factor of the noise; below 1 codes are more typical and less various.
        It is the linear truncation of Karras et al. (arXiv:1812.04948), here of the
        noise itself, whose mean is 0; Brock et al. (arXiv:1809.11096) draw anew what
        lies too far out.
    """
    noise = truncation * own_noise(model, key, count, hparams)
    codes = model.apply(params, noise, labels, method="generate")
    return codes.astype(noise.dtype)


def held_out_terms(
    model: LatentGAN,
    params: Params,
    codes: jax.Array,
    labels: jax.Array | None,
    hparams: HParams,
    describe: Describe = themselves,
) -> Metrics:
    """What as many generated codes have in common with held-out codes.

    They are of the same classes, and always from the same noise.

    Args:
      model: the network, padded or not.
      params: its parameters.
      codes: held-out codes [n, zdim].
      labels: int [n], their classes, of a conditional model.
      hparams: with `seed`, and `noise_dim` where the model is padded.
      describe: features in which the distance is measured.

    Returns:
      `test_frechet`, squared Fréchet distance of the features; of a conditional model
      that of features with one-hot classes beside them, which are made as long as
      features are on average (DeVries et al., arXiv:1907.08175). `test_gap`, mean score
      of held-out codes minus that of generated ones; where the gap of training codes is
      larger, the critic has learnt those by heart.
    """
    key = keys.stream(hparams["seed"], keys.DRAWS)
    made = sample(model, params, key, len(codes), hparams, labels)
    features = [describe(x, hparams) for x in (codes, made)]
    if labels is not None:
        length = jnp.linalg.norm(features[0], axis=-1).mean()
        classes = jax.nn.one_hot(labels, model.classes, dtype=length.dtype)
        features = [jnp.concatenate([x, length * classes], -1) for x in features]
    real, fake = (
        model.apply(params, x, labels, method="score").astype(made.dtype).mean()
        for x in (codes, made)
    )
    return {
        "test_frechet": traced_frechet_distance(*features),
        "test_gap": real - fake,
    }
