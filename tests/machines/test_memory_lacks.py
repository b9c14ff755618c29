"""Allocations that fail: the members train in turn, and train the same."""

import subprocess
import sys

import jax
import numpy as np
import pytest

import aejax
from aejax.lab.training.parts import Parts
from aejax.lab.training.predict import predict

REAL = """
import resource
import jax, jax.numpy as jnp, numpy as np, optax, psutil
import aejax
from aejax import losses, models

def much(value):  # 0.6 GB of each member, for a moment
    narrow = jnp.full((12_000, 2), value)
    return (narrow @ narrow.T).max()

def make(model):
    def loss(params, batch, key, hparams):
        target = aejax.images.unit(batch["image"])
        error = (model.apply(params, batch["image"]) - target) ** 2
        return error.mean(), {"much": much(error.mean())}
    return aejax.gradient(model, loss, lambda hparams: optax.sgd(1e-2))

images = np.random.default_rng(0).random((64, 8, 8, 1), np.float32)
members = [
    aejax.Member(f"m{i}", models.Autoencoder(2, (8, 8, 1), width=2, depth=1), seed=i)
    for i in range(4)
]
how = dict(steps=2, batch_size=8, every=1, executor="vmap", memory_limit=10**14)
whole = aejax.fit(members, make, images, **how)
limit = psutil.Process().memory_info().vms + 17 * 10**8
resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
found = aejax.fit(members, make, images, **how)
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
for name in ("m0", "m3"):
    same = lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-6)
    jax.tree.map(same, found[name][1], whole[name][1])
"""


@pytest.mark.slow
def test_an_allocation_that_really_fails_halves_the_members(environment):
    """In a process of its own, under a limit of its address space."""
    done = subprocess.run(
        [sys.executable, "-c", REAL],
        env={**environment, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "memory did not suffice" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def lacking(monkeypatch):
    """Programs of more than two members fail, and those of step 1 take their state."""
    run = Parts._run

    def few(self, group, progress, first, steps):
        if len(group.members) > 2 and first >= 1:
            jax.tree.map(lambda leaf: leaf.delete(), progress)
            raise MemoryError("a device is full")
        return run(self, group, progress, first, steps)

    monkeypatch.setattr(Parts, "_run", few)


@pytest.mark.parametrize("is_saved", [False, True])
@pytest.mark.slow
def test_a_lost_state_is_trained_again(
    denoising, make_dense, digits, tmp_path, lacking, caplog, is_saved
):
    members = [make_dense(f"m{i}", 2 + i, i) for i in range(4)]
    found = aejax.fit(
        members, denoising, digits, steps=2, batch_size=8, every=1, executor="vmap",
        folder=tmp_path if is_saved else None, checkpoint_seconds=0,
    )  # fmt: skip
    assert "memory did not suffice" in caplog.text
    assert sorted((r["member"], r["step"]) for r in found.records) == [
        (f"m{i}", step) for i in range(4) for step in (1, 2)
    ]
    alone = aejax.fit(
        members[3:], denoising, digits, steps=2, batch_size=8, every=1, executor="vmap"
    )
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5),
        found["m3"][1],
        alone["m3"][1],
    )
    shown = predict(lambda model, params, batch: batch["image"], found,
                    {"image": digits[:2]}, executor="vmap")  # fmt: skip
    assert shown.keys() == {"m0", "m1", "m2", "m3"}


def test_too_little_for_one_member_is_one_line(
    denoising, make_dense, digits, monkeypatch
):
    def fail(*arguments):
        raise MemoryError("a device is full")

    monkeypatch.setattr(Parts, "_run", fail)
    with pytest.raises(aejax.UserError, match="memory does not suffice") as refusal:
        aejax.fit([make_dense("m", 2)], denoising, digits, steps=2, batch_size=8)
    assert "\n" not in str(refusal.value)
