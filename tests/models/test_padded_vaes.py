"""Members of a sweep are exactly the VAEs trained alone, whatever their sizes."""

from functools import partial
from importlib import import_module

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from aejax import sweep, train
from aejax.algorithms import joint_vae, vae
from aejax.models import mlp_vae

# It compiles for tens of seconds.
pytestmark = pytest.mark.slow

SHAPE = (4, 4, 1)


def sgd(hparams):
    return optax.sgd(hparams["learning_rate"])


@pytest.fixture(scope="module")
def batch():
    key = jax.random.key(5)
    images = jax.random.randint(key, (12, *SHAPE), 0, 256).astype(jnp.uint8)
    return {"image": images, "label": jnp.arange(12) % 3}


def trained(members, make, batch, steps):
    """The parameters of each member after training all as one program."""
    example = {"image": batch["image"][:1]}
    (group,) = sweep.groups(members, make, example)
    algorithm = make(group.model)

    def run(state, own):
        schedule = {"algorithm": algorithm, "steps": steps, "batch_size": 4}
        return train.chunk(state, own, batch, 0, **schedule)[0]

    state = sweep.stack(group, make, example).state
    params = jax.jit(jax.vmap(run))(state, sweep.hparams(members))["params"]
    return [sweep.take(params, group, i, make) for i in range(len(members))]


def assert_alone(members, make, batch, steps):
    together = trained(members, make, batch, steps)
    for member, found in zip(members, together, strict=True):
        (alone,) = trained([member], make, batch, steps)
        close = partial(np.testing.assert_allclose, rtol=0, atol=1e-10)
        jax.tree.map(close, found, alone)


def test_padded_vaes_are_the_models_alone(x64, batch):
    members = [
        sweep.Member(
            f"{h}x{d}",
            mlp_vae(d, (h,), SHAPE, param_dtype=jnp.float64),
            seed=d,
            hparams={"learning_rate": 1e-2, "beta": float(d), "reconstruction": 1.0},
        )
        for h, d in ((6, 2), (4, 5), (8, 3))
    ]
    assert_alone(members, partial(vae, steps=50, optimizer=sgd), batch, 50)


HPARAMS = {
    "learning_rate": 1e-3,
    "capacities": 1.0,
    "capacity_z": 4.0,
    "capacity_c": 5.0,
    "gamma": 30.0,
    "gamma_c": 20.0,
    "beta": 2.0,
    "contrastive": 0.0,
}


def test_padded_joint_vaes_of_any_weights_are_the_models_alone(x64, batch, monkeypatch):
    module = import_module("aejax.algorithms.joint_vae")
    monkeypatch.setattr(module, "one_cycle_adam", lambda steps: sgd)
    # Distortions are in single precision.
    monkeypatch.setattr(module.augment, "distort", lambda key, x: jnp.flip(x, 1))
    parts = {"categories": 3, "projection": 4, "param_dtype": jnp.float64}
    members = [
        sweep.Member(
            f"{zdim}",
            mlp_vae(zdim, (units,), SHAPE, **parts),
            seed=zdim,
            hparams={**HPARAMS, **own},
        )
        for zdim, units, own in (
            (2, 6, {"capacities": 0.0}),
            (4, 5, {"capacity_z": 1.0}),
            (3, 4, {"contrastive": 3.0, "gamma_c": 0.5}),
        )
    ]
    assert_alone(members, partial(joint_vae, steps=20, classes=3), batch, 10)
