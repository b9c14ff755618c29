"""Plain Flax as its examples show it: a train state, one jitted step at a time."""

from collections.abc import Callable

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax.training.train_state import TrainState

from experiments._benchmark import flops, vae
from experiments._benchmark.cases import BATCH, Case
from experiments._benchmark.contender import Contender, pictures, timed
from experiments._benchmark.jax_sides import device_memory, device_name


class PlainAutoencoder(nn.Module):
    """`aejax.models.Autoencoder` of depth 3 from Flax's own convolutions.

    Attributes:
      zdim: length of the latent vector.
      width: channels of the first convolution.
    """

    zdim: int = 10
    width: int = 32

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Pictures [n, 28, 28, 1] in [0, 1] to logits of the same shape."""
        x = jnp.pad(x, ((0, 0), (2, 2), (2, 2), (0, 0)))
        for i in range(3):
            x = nn.relu(nn.Conv(self.width * 2**i, (3, 3), (2, 2))(x))
        x = nn.Dense(self.zdim)(x.reshape(len(x), -1))
        x = nn.Dense(4 * 4 * 4 * self.width)(x).reshape(-1, 4, 4, 4 * self.width)
        for channels in (2 * self.width, self.width, 1):
            x = nn.ConvTranspose(channels, (4, 4), (2, 2))(nn.relu(x))
        return x[:, 2:-2, 2:-2]


def squared_error(
    model: nn.Module, params: dict, batch: jax.Array, key: jax.Array
) -> jax.Array:
    """Mean squared error per pixel."""
    del key
    target = batch.astype(jnp.float32) / 255
    return jnp.square(nn.sigmoid(model.apply(params, target)) - target).mean()


def start_flax(case: Case) -> Contender:
    """One model, its batches gathered on the host."""
    images = pictures()
    model, loss = _model(case.model)
    example = images[:1].astype(np.float32) / 255
    params = model.init(jax.random.key(0), example)
    state = TrainState.create(apply_fn=model.apply, params=params, tx=optax.adam(1e-3))

    @jax.jit
    def train_step(state: TrainState, batch: jax.Array) -> tuple[TrainState, jax.Array]:
        key = jax.random.fold_in(jax.random.key(1), state.step)
        value, grads = jax.value_and_grad(lambda params: loss(params, batch, key))(
            state.params
        )
        return state.apply_gradients(grads=grads), value

    seconds, program = timed(lambda: train_step.lower(state, images[:BATCH]).compile())
    order = np.random.default_rng(1)

    def call() -> None:
        nonlocal state
        for _ in range(case.steps):
            rows = order.integers(0, len(images), BATCH)
            state, _ = program(state, images[rows])
        jax.block_until_ready(state)

    return Contender(
        call, flops.STEP[case.model], seconds, device_memory, device_name()
    )


def _model(name: str) -> tuple[nn.Module, Callable[..., jax.Array]]:
    if name == "mlp":
        module = vae.MlpVae()
        return module, lambda *given: vae.negative_elbo(module, *given)
    plain = PlainAutoencoder()
    return plain, lambda *given: squared_error(plain, *given)
