"""Small sweeps on real digits."""

import os
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax
import pytest

from aejax import images, sweep, train
from aejax.models import Autoencoder
from aejax.objectives import reconstruction

# Programs here run for milliseconds, and LLVM would optimise them for seconds.
os.environ["XLA_FLAGS"] = (
    f"{os.environ.get('XLA_FLAGS', '')} --xla_backend_optimization_level=0"
)

REPOSITORY = Path(__file__).parents[2]
STUDY = (
    "--dataset=mnist_5k",
    "--zdims=2,3",
    "--seeds=1",
    "--steps=24",
    "--chunk=1",
    "--width=2",
    "--depth=2",
    "--checkpoint_seconds=0",
)


@pytest.fixture(scope="session")
def adam():
    """`hyper -> optimizer`; Optax's Adam promotes implicitly, nothing else may."""

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


class Dense(nn.Module):
    """An autoencoder that compiles in no time, for tests of what is around it."""

    sizes: ClassVar[tuple[str, ...]] = ("zdim",)
    zdim: int
    depth: int = 1
    param_dtype: jnp.dtype = jnp.float32

    @nn.compact
    def __call__(self, pictures):
        latents = self.encode(pictures)
        return nn.Dense(784, name="decoder")(latents).reshape(-1, 28, 28, 1)

    @nn.compact
    def encode(self, pictures):
        x = images.unit(pictures).reshape(len(pictures), -1)
        for i in range(self.depth):
            x = nn.Dense(self.zdim, name=f"encoder_{i}")(x)
        return x


@pytest.fixture(scope="session")
def make_dense():
    """`(name, zdim, seed, **fields) -> Member` with a `Dense` model."""

    def make(name, zdim, seed=0, **fields):
        return sweep.Member(
            name, Dense(zdim, **fields), seed, hyper={"learning_rate": 2e-3}
        )

    return make


@pytest.fixture(scope="session")
def start(environment):
    """`(workdir, *flags) -> Popen` of a small decorrelation study."""

    def begin(workdir, *flags):
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "experiments.decorrelation"),
                *STUDY,
                *flags,
                f"--workdir={workdir}",
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
            env=environment,
        )

    return begin


@pytest.fixture(scope="session")
def unbroken(start, tmp_path_factory):
    """The workdir of a study that was never interrupted, and what it printed."""
    workdir = tmp_path_factory.mktemp("study") / "run"
    process = start(workdir)
    printed, complaints = process.communicate()
    assert process.returncode == 0, complaints
    return workdir, printed
