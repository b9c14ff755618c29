"""Test log-likelihood of a VAE by importance sampling."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.typing import ArrayLike

from aejax import images as im
from aejax import keys
from aejax.algorithm import Batch, HParams, Metrics, Params
from aejax.algorithms.vae import binarized, log_weights
from aejax.eval.batching import batched
from aejax.losses import variational
from aejax.models import VAE

IMAGES_AT_ONCE = 200
"""Their decoded samples should stay in the cache."""


def binarized_once(images: jax.Array | np.ndarray) -> jax.Array:
    """Images [n, h, w, c] as 0 and 1, drawn once from Bernoulli(grey level).

    The key is fixed: the same images always give the same binary ones, on which models
    can be compared.

    Raises:
      ImageError: images are neither uint8 nor in [0, 1].
    """
    im.check(images)
    return binarized(keys.stream(0, keys.DRAWS), im.unit(jnp.asarray(images)))


def log_likelihood(
    model: VAE,
    params: Params,
    batch: Batch,
    key: jax.Array,
    hparams: HParams,
    *,
    samples: int,
    at_once: int = 20,
) -> jax.Array:
    """Importance-weighted estimate of log p(x), nats: a lower bound in expectation.

    With 5,000 samples it is what the literature calls the log-likelihood (Burda et
    al., arXiv:1509.00519).

    Args:
      model: the network, padded or not.
      params: its parameters.
      batch: "image" [n, h, w, c], and "label" [n] for conditional models.
      key: of the draws.
      hparams: `zdim`, the member's own, where the model is padded.
      samples: draws for each image.
      at_once: the most draws that are in memory together.

    Returns:
      [n].
    """
    at_once = min(at_once, samples)
    full, rest = divmod(samples, at_once)
    weights = partial(log_weights, model, params, batch, hparams=hparams)
    rounds = jax.random.split(key, full + bool(rest))
    found = lax.map(lambda one: weights(key=one, samples=at_once), rounds[:full])
    found = found.reshape(-1, found.shape[-1])
    if rest:
        last = weights(key=rounds[full], samples=rest)
        found = jnp.concatenate([found, last])
    return variational.importance_bound(found)


def log_likelihoods(
    model: VAE,
    params: Params,
    examples: Batch,
    key: jax.Array,
    hparams: HParams,
    *,
    samples: int,
) -> jax.Array:
    """`log_likelihood` of any number of examples, 250 at a time: [n]."""
    estimate = partial(log_likelihood, model, params, samples=samples)
    return batched(lambda batch: estimate(batch, key, hparams), dict(examples), 250)


def mean_bound(
    model: VAE, params: Params, held_out: Batch, hparams: HParams, *, samples: int
) -> Metrics:
    """The mean bound of held-out binary images with a few samples, as "test_bound"."""
    key = keys.stream(hparams["seed"], keys.DRAWS)
    found = log_likelihood(
        model, params, held_out, key, {}, samples=samples, at_once=samples
    )
    return {"test_bound": found.mean()}


def estimate(
    model: VAE, params: Params, images: jax.Array, seed: ArrayLike, *, samples: int
) -> dict[str, jax.Array]:
    """`log_likelihood` of any number of images, batch by batch, and `active_units`.

    Args:
      model: an unconditional VAE.
      params: its parameters.
      images: [n, h, w, c] binary images.
      seed: of the samples.
      samples: of each image.

    Returns:
      "log_likelihood" [n] in nats, and "active_units", a scalar.
    """
    key = keys.stream(jnp.asarray(seed), keys.DRAWS)
    examples = {"image": images, "key": jax.random.split(key, len(images))}

    def each(batch: Batch) -> jax.Array:
        # The first image's key draws for all that come with it.
        shown, key = {"image": batch["image"]}, batch["key"][0]
        return log_likelihood(model, params, shown, key, {}, samples=samples)

    def means(batch: jax.Array) -> jax.Array:
        return model.apply(params, batch, method="encode").mean

    return {
        "log_likelihood": batched(each, examples, IMAGES_AT_ONCE),
        "active_units": active_units(batched(means, images)),
    }


def active_units(means: jax.Array, threshold: float = 0.01) -> jax.Array:
    """Coordinates whose posterior mean varies: Var(E[z|x]) > 0.01 (Burda et al.).

    Args:
      means: [n, zdim] posterior means of n images.
      threshold: on the variance over images.

    Returns:
      int32 scalar.
    """
    return (means.var(0) > threshold).sum()
