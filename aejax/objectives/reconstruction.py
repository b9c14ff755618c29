"""Reconstruction errors between logits and images.

Sums over pixels are in nats per image (Bernoulli) or squared grey levels;
means are per pixel of the original image area. One value per image.
"""

import jax
import jax.numpy as jnp
import optax

PIXELS = (-3, -2, -1)


def squared_error(logits: jax.Array, images: jax.Array) -> jax.Array:
    """Mean squared error per pixel of sigmoid(logits): [n, h, w, c] to [n]."""
    return jnp.square(jax.nn.sigmoid(logits) - images).mean(PIXELS)


def bernoulli(logits: jax.Array, images: jax.Array) -> jax.Array:
    """Negative Bernoulli log-likelihood in nats per image: [n, h, w, c] to [n].

    Finite for any finite logit, also where a hand-written cross-entropy of
    sigmoid(logits) overflows.
    """
    return optax.sigmoid_binary_cross_entropy(logits, images).sum(PIXELS)
