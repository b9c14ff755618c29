"""The whole test run is strict: see `pytest_configure` for what that means."""

import os
from importlib import metadata
from pathlib import Path
from typing import ClassVar

# Programs here run for milliseconds, and XLA would optimise them for seconds: without
# its fusion emitters it compiles in less than a third of the time, and as one piece
# of code in four fifths of that. Flags that XLA does not know it would die of, and
# these change with its versions.
os.environ["XLA_FLAGS"] = " ".join(
    [
        os.environ.get("XLA_FLAGS", ""),
        "--xla_backend_optimization_level=0",
        *(
            [
                "--xla_cpu_use_fusion_emitters=false",
                "--xla_cpu_parallel_codegen_split_count=1",
                "--xla_llvm_disable_expensive_passes=true",
            ]
            if metadata.version("jaxlib").startswith("0.10.")
            else []
        ),
    ]
)

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax.experimental.compilation_cache import compilation_cache

from aejax import images, sweep
from aejax.algorithm import gradient
from aejax.data.tfds import bundled
from aejax.lab.training import programs
from aejax.losses import reconstruction
from aejax.models import Autoencoder

REPOSITORY = Path(__file__).parents[1]

ORDER = (
    *("engine", "losses", "ops", "models", "algorithms", "data", "eval", "lab"),
    *("report", "experiments"),
)
"""Folders of tests, what others build on first."""


def pytest_configure(config: pytest.Config) -> None:
    """Two CPU devices; no implicit rank or dtype promotion anywhere."""
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_num_cpu_devices", 2)
    jax.config.update("jax_numpy_rank_promotion", "raise")
    jax.config.update("jax_numpy_dtype_promotion", "strict")
    # Fixtures of a file are made once only if one process has the whole file.
    if getattr(config.option, "dist", "no") == "load":
        config.option.dist = "loadfile"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The core before what stands on it, so that the first failure is the cause."""

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(REPOSITORY / "tests").parts[0]
        return ORDER.index(folder) if folder in ORDER else len(ORDER)

    items.sort(key=place)


@pytest.fixture(scope="session", autouse=True)
def lightly_compiled():
    """Programs of the laboratory are compiled as quickly as those of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        light = {"xla_backend_optimization_level": "0"}
        patch.setattr(programs, "compiler_options", lambda level: light)
        yield


@pytest.fixture
def x64():
    """Float64 for the time of one test."""
    with jax.enable_x64(True):
        yield


@pytest.fixture
def standard_promotion():
    """Optax's Adam promotes implicitly; for tests of what uses it as it is."""
    with jax.numpy_dtype_promotion("standard"):
        yield


@pytest.fixture
def compilations():
    """A list that grows by one with every program that XLA compiles."""
    seen: list[str] = []
    event = "/jax/core/compile/backend_compile_duration"

    def listener(name: str, duration: float, **_) -> None:
        del duration
        if name == event:
            seen.append(name)

    jax.monitoring.register_event_duration_secs_listener(listener)
    yield seen
    jax.monitoring.unregister_event_duration_listener(listener)


@pytest.fixture(scope="session")
def compiled_programs(tmp_path_factory):
    """A folder of compiled programs, of this test run."""
    return tmp_path_factory.mktemp("compiled")


@pytest.fixture(scope="module")
def compile_once(compiled_programs):
    """Sweeps that are begun again find their programs compiled."""
    settings = {
        "jax_compilation_cache_dir": str(compiled_programs),
        "jax_persistent_cache_min_compile_time_secs": 0.0,
    }
    before = {name: jax.config.values[name] for name in settings}
    for name, value in settings.items():
        jax.config.update(name, value)
    compilation_cache.reset_cache()
    yield
    for name, value in before.items():
        jax.config.update(name, value)
    compilation_cache.reset_cache()


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    """Of all processes that tests start: prepared data, compiled programs."""
    shared = tmp_path_factory.mktemp("shared")
    return {
        **os.environ,
        "TFDS_DATA_DIR": str(shared / "data"),
        "XDG_CACHE_HOME": str(shared / "cache"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "PYTHONPATH": str(REPOSITORY),
    }


@pytest.fixture(scope="session")
def random_parameters():
    """`(model, dtype) -> params` of a model of images: normal values, biases too.

    They keep activations moderate, and nothing is compiled for them.
    """

    def make(model, dtype=np.float32):
        random = np.random.default_rng(1)
        example = jax.ShapeDtypeStruct((1, *model.image_shape), jnp.float32)
        like = jax.eval_shape(model.init, jax.random.key(0), example)

        def leaf(found):
            scale = found.size**-0.25
            return jnp.asarray(random.normal(0, scale, found.shape), dtype)

        return jax.tree.map(leaf, like)

    return make


@pytest.fixture(scope="session")
def digits():
    """96 digits of all classes, uint8 [96, 28, 28, 1], in mixed order."""
    found, _ = bundled.digits("test")
    order = np.random.default_rng(0).permutation(len(found))[:96]
    return jnp.asarray(found[order, :, :, None])


@pytest.fixture(scope="session")
def adam():
    """`hparams -> optimizer`; Optax's Adam promotes implicitly, nothing else may."""

    def optimizer(hparams):
        plain = optax.adam(hparams["learning_rate"])

        def update(*arguments):
            with jax.numpy_dtype_promotion("standard"):
                return plain.update(*arguments)

        return optax.GradientTransformation(plain.init, update)

    return optimizer


@pytest.fixture(scope="session")
def denoising(adam):
    """`model -> Algorithm` of a denoising autoencoder: its loss uses the step's key."""

    def algorithm(model):
        def loss(params, batch, key, hparams):
            del hparams
            target = images.unit(batch["image"], model.param_dtype)
            noise = jax.random.normal(key, target.shape, target.dtype) / 8
            logits = model.apply(params, target + noise)
            error = reconstruction.squared_error(logits, target).mean()
            return error, {"rms": jnp.sqrt(error)}

        def evaluate(params, held_out, hparams):
            del hparams
            return {"seen": model.apply(params, held_out["image"]).mean()}

        return gradient(model, loss, adam, evaluate)

    return algorithm


@pytest.fixture(scope="session")
def make_member():
    """`(name, zdim, seed, learning_rate, **fields) -> Member` with a small model."""

    def make(name, zdim, seed=0, learning_rate=2e-3, data_seed=0, **fields):
        model = Autoencoder(zdim, **{"width": 2, "depth": 1, **fields})
        hparams = {"learning_rate": learning_rate}
        return sweep.Member(name, model, seed, data_seed, hparams)

    return make


class Dense(nn.Module):
    """An autoencoder that compiles in no time, for tests of what is around it."""

    sizes: ClassVar[tuple[str, ...]] = ("zdim",)
    zdim: int
    depth: int = 1
    param_dtype: jnp.dtype = jnp.float32

    def setup(self) -> None:
        shared = {"param_dtype": self.param_dtype, "dtype": self.param_dtype}
        self.encoder = [nn.Dense(self.zdim, **shared) for _ in range(self.depth)]
        self.decoder = nn.Dense(784, **shared)

    def __call__(self, pictures):
        return self.decoder(self.encode(pictures)).reshape(-1, 28, 28, 1)

    def encode(self, pictures):
        x = images.unit(pictures, self.param_dtype).reshape(len(pictures), -1)
        for layer in self.encoder:
            x = layer(x)
        return x


@pytest.fixture(scope="session")
def make_dense():
    """`(name, zdim, seed, learning_rate, **fields) -> Member` with a `Dense` model."""

    def make(name, zdim, seed=0, learning_rate=2e-3, **fields):
        hparams = {"learning_rate": learning_rate}
        return sweep.Member(name, Dense(zdim, **fields), seed, hparams=hparams)

    return make
