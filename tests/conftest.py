"""The whole test run is strict: see `pytest_configure` for what that means."""

import os
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax.data import bundled

REPOSITORY = Path(__file__).parents[1]


def pytest_configure() -> None:
    """Two CPU devices; no implicit rank or dtype promotion anywhere."""
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_num_cpu_devices", 2)
    jax.config.update("jax_numpy_rank_promotion", "raise")
    jax.config.update("jax_numpy_dtype_promotion", "strict")


@pytest.fixture
def x64():
    """Float64 for the time of one test."""
    with jax.enable_x64(True):
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
def digits():
    """96 digits of all classes, uint8 [96, 28, 28, 1], in mixed order."""
    pictures, _ = bundled.digits("test")
    order = np.random.default_rng(0).permutation(len(pictures))[:96]
    return jnp.asarray(pictures[order, :, :, None])
