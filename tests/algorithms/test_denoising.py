"""Autoencoders that undo distortions."""

import jax
import jax.numpy as jnp
import numpy as np

from aejax import algorithms
from aejax.models import Autoencoder

MODEL = Autoencoder(3, width=2, depth=1)


def test_without_distortion_denoising_is_autoencoding(digits, standard_promotion):
    hparams = {"learning_rate": jnp.float32(1e-3), "step": jnp.int32(0)}
    batch, key = {"image": digits[:32]}, jax.random.key(1)
    denoise = algorithms.denoising(MODEL, steps=10)
    plain = algorithms.autoencoder(MODEL, steps=10)
    state = jax.jit(plain.init)(jax.random.key(0), batch, hparams)
    with jax.numpy_rank_promotion("allow"):
        _, expected = jax.jit(plain.step)(state, batch, key, hparams)
        step = jax.jit(denoise.step)
        losses = [
            step(state, batch, key, {**hparams, "distortion": strength})[1]
            for strength in (jnp.zeros(()), jnp.ones(()))
        ]
    np.testing.assert_allclose(losses[0]["loss"], expected["loss"], rtol=1e-6)
    assert abs(losses[1]["loss"] - expected["loss"]) > 1e-5
