"""What models of unmixing share: from the outputs of decoders to two images.

A mixture m is the mean of two images, so x1 = m + d and x2 = m - d for one
difference d, and |d| is at most min(m, 1 - m) where both images lie in [0, 1].
Parts of that form are consistent: their mean is the mixture, whatever was predicted,
and both have the same error.
"""

from collections.abc import Sequence

import flax.linen as nn
import jax
import jax.numpy as jnp


def separated(outputs: Sequence[jax.Array], mixtures: jax.Array) -> jax.Array:
    """Both parts of each mixture.

    One output u gives the parts m + d and m - d with d = tanh(u) min(m, 1 - m). Two
    outputs give sigmoid(u) each, whatever the mixture is.

    Args:
      outputs: of the decoders, one or two arrays [n, h, w, c] of any float type.
      mixtures: [n, h, w, c] in [0, 1]; the parts get their type.

    Returns:
      [n, 2, h, w, c] in [0, 1].
    """
    outputs = [output.astype(mixtures.dtype) for output in outputs]
    if len(outputs) == 2:
        return jnp.stack([nn.sigmoid(output) for output in outputs], 1)
    (output,) = outputs
    difference = jnp.tanh(output) * jnp.minimum(mixtures, 1 - mixtures)
    return jnp.stack([mixtures + difference, mixtures - difference], 1)
