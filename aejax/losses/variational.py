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


def free_bits(kl: jax.Array, least: jax.Array | float) -> jax.Array:
    """KL of which the first `least` nats of each coordinate cost nothing: [n, d] to [].

    Sum over coordinates of max(mean over the batch, least) (Kingma et al.,
    arXiv:1606.04934): a coordinate of less has no gradient and is not pushed to 0.
    """
    return jnp.maximum(kl.mean(0), least).sum()


def total_correlation(
    latents: jax.Array, mean: jax.Array, log_variance: jax.Array
) -> jax.Array:
    """By how much the coordinates of the aggregate posterior depend on each other.

    log q(z) - sum_j log q(z_j) of each row, whose mean estimates the KL of q(z) and the
    product of its marginals by minibatch-weighted sampling (Chen et al.,
    arXiv:1802.04942): q is the mixture of the batch's own posteriors. The paper's
    weights add a constant, (d - 1) log N of N examples in the data, that is left out
    here: so it is 0 for codes that all have one posterior, and a padded coordinate
    changes nothing. Biased upwards by small batches, as each row is near the posterior
    that it was drawn from.

    Args:
      latents: [n, d], a sample of each posterior.
      mean: [n, d].
      log_variance: [n, d].

    Returns:
      [n] nats.
    """
    density = log_normal(latents[:, None], mean[None], log_variance[None])
    count = math.log(len(latents))
    together = jax.nn.logsumexp(density.sum(-1), axis=1) - count
    apart = jax.nn.logsumexp(density, axis=1) - count
    return together - apart.sum(-1)


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
