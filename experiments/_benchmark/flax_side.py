"""Plain Flax as its examples show it: a train state, one jitted step at a time."""

from collections.abc import Callable
from functools import partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax.training.train_state import TrainState

from . import flops
from .cases import MODELS, ZDIM, Case
from .contender import Contender, images, timed
from .flax_unet import PlainUNet
from .jax_sides import device_memory, devices

Loss = Callable[[Any, jax.Array, jax.Array], jax.Array]


class PlainAutoencoder(nn.Module):
    """`aejax.models.Autoencoder` of depth 3 from Flax's own convolutions.

    Attributes:
      zdim: length of the latent vector.
      width: channels of the first convolution.
    """

    zdim: int = ZDIM
    width: int = 32

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Images [n, 28, 28, 1] in [0, 1] to logits of the same shape."""
        x = jnp.pad(x, ((0, 0), (2, 2), (2, 2), (0, 0)))
        for i in range(3):
            x = nn.relu(nn.Conv(self.width * 2**i, (3, 3), (2, 2))(x))
        x = nn.Dense(self.zdim)(x.reshape(len(x), -1))
        x = nn.Dense(4 * 4 * 4 * self.width)(x).reshape(-1, 4, 4, 4 * self.width)
        for channels in (2 * self.width, self.width, 1):
            x = nn.ConvTranspose(channels, (4, 4), (2, 2))(nn.relu(x))
        return x[:, 2:-2, 2:-2]


class PlainVae(nn.Module):
    """The VAE 784-400-20 of dense layers (Kingma & Welling, arXiv:1312.6114)."""

    hidden: int = 400
    zdim: int = 20

    @nn.compact
    def __call__(
        self, x: jax.Array, key: jax.Array
    ) -> tuple[jax.Array, jax.Array, jax.Array]:
        """Images [n, h, w, c] in [0, 1] to logits, means and log variances."""
        h = nn.relu(nn.Dense(self.hidden)(x.reshape(len(x), -1)))
        mean, log_variance = jnp.split(nn.Dense(2 * self.zdim)(h), 2, -1)
        noise = jax.random.normal(key, mean.shape)
        h = nn.relu(nn.Dense(self.hidden)(mean + jnp.exp(log_variance / 2) * noise))
        logits = nn.Dense(x[0].size)(h).reshape(x.shape)
        return logits, mean, log_variance


def squared_error(
    model: nn.Module, params: Any, batch: jax.Array, key: jax.Array
) -> jax.Array:
    """Mean squared error per pixel."""
    del key
    target = batch.astype(jnp.float32) / 255
    return jnp.square(nn.sigmoid(model.apply(params, target)) - target).mean()


def negative_elbo(
    model: nn.Module, params: Any, batch: jax.Array, key: jax.Array
) -> jax.Array:
    """Reconstruction error plus KL divergence, nats per image, mean of a batch."""
    target = batch.astype(jnp.float32) / 255
    logits, mean, log_variance = model.apply(params, target, key)
    error = optax.sigmoid_binary_cross_entropy(logits, target).sum()
    kl = (jnp.square(mean) + jnp.exp(log_variance) - 1 - log_variance).sum() / 2
    return (error + kl) / len(batch)


def squared_errors(
    model: nn.Module, params: Any, batch: jax.Array, key: jax.Array
) -> jax.Array:
    """Sum of both parts' mean squared errors; the batch is pairs [n, 2, h, w, c]."""
    del key
    target = batch.astype(jnp.float32) / 255
    return 2 * jnp.square(model.apply(params, target.mean(1)) - target).mean()


def start_flax(case: Case) -> Contender:
    """One model, its batches gathered on the host."""
    shown, size = images(case.model), MODELS[case.model].batch
    init, loss = model_of(case.model)
    state = TrainState.create(
        apply_fn=loss, params=jax.jit(init)(), tx=optax.adam(1e-3)
    )

    @jax.jit
    def train_step(state: TrainState, batch: jax.Array) -> tuple[TrainState, jax.Array]:
        key = jax.random.fold_in(jax.random.key(1), state.step)
        value, grads = jax.value_and_grad(loss)(state.params, batch, key)
        return state.apply_gradients(grads=grads), value

    seconds, program = timed(lambda: train_step.lower(state, shown[:size]).compile())
    order = np.random.default_rng(1)

    def call() -> None:
        nonlocal state
        for _ in range(case.steps):
            rows = order.integers(0, len(shown), size)
            state, _ = program(state, shown[rows])
        jax.block_until_ready(state)

    return Contender(call, flops.step(case.model), seconds, device_memory, devices())


def model_of(name: str) -> tuple[Callable[[], Any], Loss]:
    """What makes the initial parameters of a name in `MODELS`, and its loss."""
    model, key = MODELS[name], jax.random.key(0)
    example = jnp.zeros((1, *model.image_shape))
    if model.kind == "mlp":
        vae = PlainVae()
        return partial(vae.init, key, example, key), partial(negative_elbo, vae)
    if model.kind == "unet":
        unet = PlainUNet(model.width)
        return partial(unet.init, key, example), partial(squared_errors, unet)
    plain = PlainAutoencoder(width=model.width)
    return partial(plain.init, key, example), partial(squared_error, plain)
