"""Divergences, densities and bounds of latent-variable models, in nats."""

import math

import jax
import jax.numpy as jnp

LOG_2PI = math.log(2 * math.pi)


def gaussian_kl(mean: jax.Array, log_variance: jax.Array) -> jax.Array:
    """KL(N(mean, exp(log_variance)) || N(0, 1)) of each coordinate.

    (m^2 + exp(v) - 1 - v) / 2, with expm1 so that it is exact near the prior.

    Args:
      mean: of any shape.
      log_variance: of the same shape.

    Returns:
      Of the same shape; sum over coordinates for a diagonal Gaussian.
    """
    return (jnp.square(mean) + jnp.expm1(log_variance) - log_variance) / 2


def categorical_kl(logits: jax.Array) -> jax.Array:
    """KL(softmax(logits) || uniform): log k minus the entropy, [..., k] to [...]."""
    log_probabilities = jax.nn.log_softmax(logits)
    entropy = -(jnp.exp(log_probabilities) * log_probabilities).sum(-1)
    return math.log(logits.shape[-1]) - entropy


def capacity_penalty(kl: jax.Array, capacity: jax.Array | float) -> jax.Array:
    """|KL - C| of the batch mean (Burgess et al., arXiv:1804.03599): [n] to a scalar.

    Keeps a latent at a chosen rate of C nats instead of pushing it to zero.
    """
    return jnp.abs(kl.mean() - capacity)


def warm_up(
    step: jax.Array, steps: jax.Array | float, last: jax.Array | float
) -> jax.Array:
    """A weight or capacity that grows evenly from 0 to `last` within `steps`."""
    return last * jnp.clip(step / jnp.maximum(steps, 1), 0, 1)


def log_normal(x: jax.Array, mean: jax.Array, log_variance: jax.Array) -> jax.Array:
    """Log density of N(mean, exp(log_variance)) at x, each coordinate by itself."""
    z = (x - mean) * jnp.exp(-log_variance / 2)
    return -(LOG_2PI + log_variance + jnp.square(z)) / 2


def log_standard_normal(x: jax.Array) -> jax.Array:
    """Log density of N(0, 1) at x, each coordinate by itself."""
    return -(LOG_2PI + jnp.square(x)) / 2


def importance_bound(log_weights: jax.Array) -> jax.Array:
    """The importance-weighted bound (Burda et al., arXiv:1509.00519).

    log mean exp of log p(x, z_i) - log q(z_i | x) over k samples; k = 1 is the
    ELBO, and the expectation rises with k towards log p(x).

    Args:
      log_weights: [k, ...] in nats.

    Returns:
      [...] in nats.
    """
    return jax.nn.logsumexp(log_weights, axis=0) - math.log(len(log_weights))
