"""Random draws from posteriors, with explicit keys.

Noise is drawn coordinate first and then transposed: the noise of a coordinate
does not depend on how many further coordinates there are, so a zero-padded
member of a sweep gets the noise of the model alone.
"""

import jax
import jax.numpy as jnp


def noise(key: jax.Array, like: jax.Array) -> jax.Array:
    """Standard normal noise of the shape [..., n, d] and type of `like`."""
    shape = (like.shape[-1], *like.shape[:-1])
    return jnp.moveaxis(jax.random.normal(key, shape, like.dtype), 0, -1)


def reparameterize(
    key: jax.Array,
    mean: jax.Array,
    log_variance: jax.Array,
    mask: jax.Array | None = None,
) -> jax.Array:
    """Draws from N(mean, exp(log_variance)) (Kingma & Welling, arXiv:1312.6114).

    Args:
      key: of the noise.
      mean: [..., n, d].
      log_variance: of the same shape.
      mask: [d], 0 where a coordinate is padding and gets no noise.

    Returns:
      Draws of the same shape, differentiable in mean and log_variance.
    """
    drawn = noise(key, mean)
    if mask is not None:
        drawn *= jnp.broadcast_to(mask.astype(mean.dtype), mean.shape)
    return mean + jnp.exp(log_variance / 2) * drawn


def gumbel_softmax(
    key: jax.Array, logits: jax.Array, temperature: jax.Array | float
) -> jax.Array:
    """Relaxed one-hot draws from softmax(logits) (Jang et al., arXiv:1611.01144).

    Args:
      key: of the Gumbel noise.
      logits: [..., k].
      temperature: above 0; towards 0 the draws become one-hot.

    Returns:
      [..., k], positive, summing to 1.
    """
    drawn = jax.random.gumbel(key, logits.shape, logits.dtype)
    return jax.nn.softmax((logits + drawn) / temperature)


def mask(padded: int, size: jax.Array) -> jax.Array:
    """Which of `padded` coordinates are a member's own `size` first: bool [padded]."""
    return jnp.arange(padded, dtype=jnp.int32) < size
