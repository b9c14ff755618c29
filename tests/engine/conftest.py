"""Real digits, and small sweeps on them."""

import os

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from aejax import images, sweep, train
from aejax.data import bundled
from aejax.models import Autoencoder
from aejax.objectives import reconstruction

# Programs here run for milliseconds, and LLVM would optimise them for seconds.
os.environ["XLA_FLAGS"] = (
    f"{os.environ.get('XLA_FLAGS', '')} --xla_backend_optimization_level=0"
)


@pytest.fixture(scope="session")
def digits():
    """96 digits of all classes, uint8 [96, 28, 28, 1], in mixed order."""
    pictures, _ = bundled.digits("test")
    order = np.random.default_rng(0).permutation(len(pictures))[:96]
    return jnp.asarray(pictures[order, :, :, None])


@pytest.fixture(scope="session")
def adam():
    """`hyper -> optimizer`; Optax's Adam promotes types implicitly, nothing else may."""

    def optimizer(hyper):
        plain = optax.adam(hyper["learning_rate"])

        def update(*arguments):
            with jax.numpy_dtype_promotion("standard"):
                return plain.update(*arguments)

        return optax.GradientTransformation(plain.init, update)

    return optimizer


@pytest.fixture(scope="session")
def denoising(adam):
    """`model -> Recipe` of a denoising autoencoder: its loss uses the step's key."""

    def recipe(model):
        def loss(params, batch, key, hyper):
            del hyper
            target = images.unit(batch["image"], model.param_dtype)
            noise = jax.random.normal(key, target.shape, target.dtype) / 8
            logits = model.apply(params, target + noise)
            error = reconstruction.squared_error(logits, target).mean()
            return error, {"rms": jnp.sqrt(error)}

        return train.Recipe(loss, adam, 8)

    return recipe


@pytest.fixture(scope="session")
def make_member():
    """`(name, zdim, seed, learning_rate, **fields) -> Member` with a small model."""

    def make(name, zdim, seed=0, learning_rate=2e-3, data_seed=0, **fields):
        model = Autoencoder(zdim, **{"width": 2, "depth": 1, **fields})
        hyper = {"learning_rate": learning_rate}
        return sweep.Member(name, model, seed, data_seed, hyper)

    return make
