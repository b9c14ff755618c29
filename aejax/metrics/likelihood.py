"""Test log-likelihood of a VAE by importance sampling."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

from aejax import train
from aejax.models.vae import VAE
from aejax.objectives import variational
from aejax.recipes import vae


def log_likelihood(
    model: VAE,
    params: train.Params,
    batch: train.Data,
    key: jax.Array,
    hyper: train.Hyper,
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
      hyper: `zdim`, the member's own, where the model is padded.
      samples: draws for each image.
      at_once: the most draws that are in memory together.

    Returns:
      [n].
    """
    at_once = min(at_once, samples)
    full, rest = divmod(samples, at_once)
    weights = partial(vae.log_weights, model, params, batch, hyper=hyper)
    rounds = jax.random.split(key, full + bool(rest))
    found = lax.map(lambda one: weights(key=one, samples=at_once), rounds[:full])
    found = found.reshape(-1, found.shape[-1])
    if rest:
        last = weights(key=rounds[full], samples=rest)
        found = jnp.concatenate([found, last])
    return variational.importance_bound(found)


def active_units(means: jax.Array, threshold: float = 0.01) -> jax.Array:
    """Coordinates whose posterior mean varies: Var(E[z|x]) > 0.01 (Burda et al.).

    Args:
      means: [n, zdim] posterior means of n images.
      threshold: on the variance over images.

    Returns:
      int32 scalar.
    """
    return (means.var(0) > threshold).sum()
