"""One code for two purposes: images are drawn from it, and classes are told."""

import flax.linen as nn
import jax

from aejax.models.mlp_autoencoder import MlpAutoencoder


class TwoHeads(nn.Module):
    """An encoder whose code goes to a decoder and to a classifier."""

    autoencoder: MlpAutoencoder
    classes: int = 10

    def setup(self) -> None:
        """The classifier."""
        self.head = nn.Dense(self.classes)

    def __call__(self, images: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Images to logits of images and of classes."""
        code = self.encode(images)
        return self.autoencoder.logits(code), self.head(nn.relu(code))

    def encode(self, images: jax.Array) -> jax.Array:
        """Images to codes."""
        return self.autoencoder.encode(images)
