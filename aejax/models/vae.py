"""Variational autoencoders: dense or convolutional, told a class or not, joint.

They describe distributions and draw nothing: `encode` gives the parameters of
the posterior, `aejax.sampling` draws from them with an explicit key, `logits`
and `decode` take what was drawn.

Heads are layers of their own and inputs of the decoder are added after layers of
their own, not concatenated, so a member of smaller zdim is the same tree with
smaller leaves (`aejax.sweep`); its padded coordinates have mean 0 and log
variance 0, and their noise is to be masked.
"""

from typing import ClassVar, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp

from aejax.models.autoencoder import Activation, Decoder, Encoder, ImageShape
from aejax.models.mlp import MlpBody, MlpHead

# Beyond this, exp(log variance) would leave the range of float32's square.
LOG_VARIANCE_LIMIT = 30.0


class Posterior(NamedTuple):
    """What an encoder says of the latents of each image.

    Attributes:
      mean: [n, zdim] of the Gaussian part.
      log_variance: [n, zdim], within ±30.
      logits: [n, categories] of the categorical part; None without one.
      projection: [n, projection], no part of the latents; None without one.
    """

    mean: jax.Array
    log_variance: jax.Array
    logits: jax.Array | None = None
    projection: jax.Array | None = None


class VAE(nn.Module):
    """A VAE (Kingma & Welling, arXiv:1312.6114), its variants by their fields.

    Example:
      >>> model = VAE(zdim=20)
      >>> params = model.init(jax.random.key(0), images)
      >>> mean, log_variance, *_ = model.apply(params, images, method="encode")
      >>> latents = sampling.reparameterize(key, mean, log_variance)
      >>> pictures = model.apply(params, latents, method="decode")

    Attributes:
      zdim: length of the Gaussian latent vector.
      hidden: units of the encoder's dense layers; the decoder mirrors them. With
        convolutions there is one, between them and the latents.
      image_shape: (height, width, channels) of the images.
      classes: the decoder is told one of so many classes (conditional VAE, Sohn,
        Lee & Yan 2015); 0 for none.
      told_encoder: the encoder is told the class, too.
      categories: size of a categorical latent beside the Gaussian one (JointVAE,
        Dupont, arXiv:1804.00104); 0 for none.
      projection: length of a further code, by which `objectives.contrastive` tells
        images apart; the decoder does not see it. 0 for none.
      convolutional: convolutions of `width` and `depth` instead of dense layers.
      width, depth, activation, param_dtype: as in `Encoder`.

    Raises:
      ValueError: there are convolutions and not one dense layer, when parameters
        are made or used.
    """

    sizes: ClassVar[tuple[str, ...]] = ("zdim", "hidden", "width")

    zdim: int
    hidden: tuple[int, ...] = (400,)
    image_shape: ImageShape = (28, 28, 1)
    classes: int = 0
    told_encoder: bool = False
    categories: int = 0
    projection: int = 0
    convolutional: bool = False
    width: int = 16
    depth: int = 3
    activation: Activation = nn.relu
    param_dtype: jnp.dtype = jnp.float32

    def setup(self) -> None:
        """Describes the parts."""
        own = {"activation": self.activation, "param_dtype": self.param_dtype}
        inner, dtype = self.hidden[-1], self.param_dtype
        if self.convolutional:
            if len(self.hidden) != 1:
                raise ValueError(
                    "a convolutional VAE has one dense layer before its latents, not "
                    f"hidden={self.hidden}"
                )
            shape = {"width": self.width, "depth": self.depth, **own}
            self.body: nn.Module = Encoder(inner, **shape)
            self.pixels: nn.Module = Decoder(self.image_shape, **shape)
        else:
            self.body = MlpBody(self.hidden, **own)
            self.pixels = MlpHead(self.image_shape, self.hidden, **own)
        self.mean = nn.Dense(self.zdim, param_dtype=dtype)
        self.log_variance = nn.Dense(self.zdim, param_dtype=dtype)
        self.from_latent = nn.Dense(inner, param_dtype=dtype)
        if self.classes:
            self.from_class = nn.Dense(inner, use_bias=False, param_dtype=dtype)
        if self.classes and self.told_encoder:
            self.class_in = nn.Dense(inner, use_bias=False, param_dtype=dtype)
        if self.categories:
            self.category_logits = nn.Dense(self.categories, param_dtype=dtype)
            self.from_category = nn.Dense(inner, use_bias=False, param_dtype=dtype)
        if self.projection:
            self.project = nn.Dense(self.projection, param_dtype=dtype)

    def __call__(self, images: jax.Array, labels: jax.Array | None = None) -> jax.Array:
        """Images [n, h, w, c] to the logits of their mean codes' pictures.

        Args:
          images: uint8 or in [0, 1].
          labels: int [n], needed where `classes` is set (class 0 if not given).
        """
        found = self.encode(images, labels)
        chances = None if found.logits is None else nn.softmax(found.logits)
        return self.logits(found.mean, labels, chances)

    def encode(self, images: jax.Array, labels: jax.Array | None = None) -> Posterior:
        """Images [n, h, w, c], uint8 or in [0, 1], to their posterior."""
        x = self.body(images)
        if self.convolutional:
            x = self.activation(x)
        if self.classes and self.told_encoder:
            x = self.activation(x + self.class_in(self._one_hot(labels, len(images))))
        limit = LOG_VARIANCE_LIMIT
        log_variance = jnp.clip(self.log_variance(x), -limit, limit)
        logits = self.category_logits(x) if self.categories else None
        projection = self.project(x) if self.projection else None
        return Posterior(self.mean(x), log_variance, logits, projection)

    def logits(
        self,
        latents: jax.Array,
        labels: jax.Array | None = None,
        category: jax.Array | None = None,
    ) -> jax.Array:
        """Latents to image logits [n, h, w, c]; their sigmoid is the image.

        Args:
          latents: [n, zdim].
          labels: int [n], where `classes` is set (class 0 if not given).
          category: [n, categories], one-hot or relaxed, where `categories` is set.
        """
        x = self.from_latent(latents)
        if self.classes:
            x += self.from_class(self._one_hot(labels, len(latents)))
        if self.categories:
            x += self.from_category(category)
        if self.convolutional:
            x = self.activation(x)
        return self.pixels(x)

    def decode(
        self,
        latents: jax.Array,
        labels: jax.Array | None = None,
        category: jax.Array | None = None,
    ) -> jax.Array:
        """As `logits`, but images in [0, 1]."""
        return nn.sigmoid(self.logits(latents, labels, category))

    def _one_hot(self, labels: jax.Array | None, n: int) -> jax.Array:
        labels = jnp.zeros(n, jnp.int32) if labels is None else labels
        return nn.one_hot(labels, self.classes, dtype=self.param_dtype)
