"""The VAE of dense layers (Kingma & Welling, arXiv:1312.6114) as aejax trains it."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax

from aejax import images, train
from aejax.objectives import reconstruction


class MlpVae(nn.Module):
    """One hidden layer on either side, Gaussian latents, Bernoulli pixels.

    Attributes:
      hidden: units of either hidden layer.
      zdim: length of the latent vector.
      image_shape: (height, width, channels) of the pictures.
    """

    hidden: int = 400
    zdim: int = 20
    image_shape: tuple[int, int, int] = (28, 28, 1)

    def setup(self) -> None:
        """Describes the layers."""
        height, width, channels = self.image_shape
        self.inward = nn.Dense(self.hidden)
        self.moments = nn.Dense(2 * self.zdim)
        self.outward = nn.Dense(self.hidden)
        self.pixels = nn.Dense(height * width * channels)

    def __call__(self, pictures: jax.Array) -> jax.Array:
        """Pictures [n, h, w, c] to the logits of their mean codes' pictures."""
        return self.decode(self.encode(pictures)[0])

    def encode(self, pictures: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Pictures [n, h, w, c] to mean and log variance [n, zdim]."""
        flat = images.unit(pictures).reshape(len(pictures), -1)
        mean, log_variance = jnp.split(self.moments(nn.relu(self.inward(flat))), 2, -1)
        return mean, log_variance

    def decode(self, latents: jax.Array) -> jax.Array:
        """Latents [n, zdim] to logits [n, h, w, c]."""
        logits = self.pixels(nn.relu(self.outward(latents)))
        return logits.reshape(-1, *self.image_shape)


def negative_elbo(
    model: MlpVae, params: train.Params, pictures: jax.Array, key: jax.Array
) -> jax.Array:
    """Reconstruction error plus KL divergence, nats per image, mean of a batch."""
    mean, log_variance = model.apply(params, pictures, method="encode")
    # Drawn latent first: the noise of a coordinate does not depend on zdim.
    noise = jax.random.normal(key, mean.T.shape, mean.dtype).T
    latents = mean + jnp.exp(log_variance / 2) * noise
    logits = model.apply(params, latents, method="decode")
    kl = (jnp.square(mean) + jnp.exp(log_variance) - 1 - log_variance).sum(-1) / 2
    return (reconstruction.bernoulli(logits, images.unit(pictures)) + kl).mean()


def recipe(model: MlpVae, *, batch_size: int) -> train.Recipe:
    """Adam on the negative ELBO; members need a `learning_rate` in their hyper."""

    def loss(params, batch, key, hyper):
        del hyper
        return negative_elbo(model, params, batch["image"], key), {}

    def optimizer(hyper: train.Hyper) -> optax.GradientTransformation:
        return optax.adam(hyper["learning_rate"])

    return train.Recipe(loss, optimizer, batch_size)
