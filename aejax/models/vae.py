"""Variational autoencoders: an encoder, a posterior and a decoder put together.

They describe distributions and draw nothing: `encode` gives the posterior,
`aejax.sampling` draws from it with an explicit key, `logits` and `decode` take what
was drawn.
"""

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from aejax.models.common import ImageShape, check_images
from aejax.models.decoders import Conditions
from aejax.models.posteriors import Posterior


class VAE(nn.Module):
    """A VAE (Kingma & Welling, arXiv:1312.6114) of any parts that fit.

    `mlp_vae` and `conv_vae` put the usual ones together.

    Example:
      >>> model = VAE(MlpEncoder((400,)), Gaussian(20), MlpDecoder((28, 28, 1), (400,)))
      >>> params = model.init(jax.random.key(0), images)
      >>> mean, log_variance, *_ = model.apply(params, images, method="encode")
      >>> latents = sampling.reparameterize(key, mean, log_variance)
      >>> images = model.apply(params, latents, method="decode")

    Attributes:
      encoder: images [n, h, w, c] to features [n, any length], before an activation.
      posterior: such features to a `Posterior`; has `zdim`, and `categories` if it
        has a categorical part.
      decoder: latents [n, zdim], and conditions where there are some (`Conditions`,
        "class" and "category"), to logits [n, h, w, c]; has `image_shape`.
      conditioning: labels to a condition of the decoder (conditional VAE, Sohn, Lee &
        Yan 2015), such as `OneHot`; has `classes`.
      encoder_conditioning: features and that condition to features, such as
        `AddCondition`; None for an encoder that sees images alone.
    """

    encoder: nn.Module
    posterior: nn.Module
    decoder: nn.Module
    conditioning: nn.Module | None = None
    encoder_conditioning: nn.Module | None = None

    @property
    def zdim(self) -> int:
        """Length of the Gaussian latent vector."""
        return self.posterior.zdim

    @property
    def image_shape(self) -> ImageShape:
        """(height, width, channels) of the images."""
        return self.decoder.image_shape

    @property
    def classes(self) -> int:
        """Number of classes that the model is conditioned on; 0 for none."""
        return 0 if self.conditioning is None else self.conditioning.classes

    @property
    def categories(self) -> int:
        """Number of categories of the categorical latent; 0 for none."""
        return getattr(self.posterior, "categories", 0)

    @property
    def param_dtype(self) -> DTypeLike:
        """Type of the encoder's parameters."""
        return getattr(self.encoder, "param_dtype", jnp.float32)

    @property
    def dtype(self) -> DTypeLike | None:
        """Type of the encoder's computation; None for that of the parameters."""
        return getattr(self.encoder, "dtype", None)

    def __call__(self, images: jax.Array, labels: jax.Array | None = None) -> jax.Array:
        """Images [n, h, w, c] to the logits of the images of their mean codes.

        Args:
          images: uint8 or in [0, 1].
          labels: int [n], used where `classes` is set (class 0 if not given).
        """
        posterior = self.encode(images, labels)
        logits = posterior.logits
        category = None if logits is None else nn.softmax(logits)
        return self.logits(posterior.mean, labels, category)

    def encode(self, images: jax.Array, labels: jax.Array | None = None) -> Posterior:
        """Images [n, h, w, c], uint8 or in [0, 1], to their posterior.

        Raises:
          ValueError: the images have not the model's `image_shape`.
        """
        check_images(images, self.image_shape)
        features = self.encoder(images)
        if self.encoder_conditioning is not None:
            condition = self._conditions(labels, None, features)["class"]
            features = self.encoder_conditioning(features, condition)
        return self.posterior(features)

    def logits(
        self,
        latents: jax.Array,
        labels: jax.Array | None = None,
        category: jax.Array | None = None,
    ) -> jax.Array:
        """Latents to image logits [n, h, w, c]; their sigmoid is the image.

        Args:
          latents: [n, zdim].
          labels: int [n], used where `classes` is set (class 0 if not given).
          category: [n, categories], one-hot or relaxed, where `categories` is set.

        Raises:
          ValueError: the model has categories and none is given.
        """
        if self.categories and category is None:
            raise ValueError(f"this model needs category=[n, {self.categories}]")
        conditions = self._conditions(labels, category, latents)
        return (
            self.decoder(latents, conditions) if conditions else self.decoder(latents)
        )

    def decode(
        self,
        latents: jax.Array,
        labels: jax.Array | None = None,
        category: jax.Array | None = None,
    ) -> jax.Array:
        """As `logits`, but images in [0, 1]."""
        return nn.sigmoid(self.logits(latents, labels, category))

    def _conditions(
        self, labels: jax.Array | None, category: jax.Array | None, like: jax.Array
    ) -> Conditions:
        found = {}
        if self.conditioning is not None:
            found["class"] = self.conditioning(labels, like)
        if self.categories and category is not None:
            found["category"] = category
        return found
