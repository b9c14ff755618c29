"""The U-Net of `aejax.models.UNet` from Flax's own layers, skips concatenated."""

from collections.abc import Sequence
from functools import partial

import flax.linen as nn
import jax
import jax.numpy as jnp


class PlainUNet(nn.Module):
    """One encoder and two decoders of images of any channels.

    Attributes:
      width: channels of the finest level; each coarser one doubles them.
      depth: number of levels above the bottleneck.
    """

    width: int = 32
    depth: int = 4

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Mixtures [n, h, w, c] in [0, 1] to parts [n, 2, h, w, c] in [0, 1]."""
        channels, levels = x.shape[-1], []
        for i in range(self.depth + 1):
            x = nn.max_pool(x, (2, 2), (2, 2)) if i else x
            x = _Level(self.width * 2**i, name=f"encoder_{i}")(x)
            levels.append(x)
        decode = partial(_Decoder, self.width, channels)
        outputs = [decode(name=name)(levels) for name in ("first", "second")]
        return nn.sigmoid(jnp.stack(outputs, 1))


class _Level(nn.Module):
    features: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        for i in range(2):
            x = nn.relu(nn.Conv(self.features, (3, 3), name=f"conv_{i}")(x))
        return x


class _Decoder(nn.Module):
    width: int
    channels: int

    @nn.compact
    def __call__(self, levels: Sequence[jax.Array]) -> jax.Array:
        *skips, x = levels
        for i, skip in reversed(list(enumerate(skips))):
            features = self.width * 2**i
            x = nn.ConvTranspose(features, (2, 2), (2, 2), name=f"up_{i}")(x)
            x = jnp.concatenate([x, skip], -1)
            x = _Level(features, name=f"level_{i}")(x)
        return nn.Conv(self.channels, (1, 1), name="pixels")(x)
