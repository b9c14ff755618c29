"""Allocations that really fail: the members train in turn, and train the same."""

import resource
from contextlib import contextmanager

import jax
import jax.numpy as jnp
import numpy as np
import psutil
import pytest

import aejax
from aejax.lab.predict import predict

SIDE = 12_000
"""Of a matrix that a step of one member takes for a moment, 0.6 GB."""

pytestmark = pytest.mark.slow


@contextmanager
def at_most(more):
    """No more than `more` bytes in addition to what is taken now."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    limit = psutil.Process().memory_info().vms + more
    resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def much(value):
    narrow = jnp.full((SIDE, 2), value)
    return (narrow @ narrow.T).max()


@pytest.fixture
def greedy(denoising):
    def make(model):
        plain = denoising(model)

        def step(*arguments):
            state, metrics = plain.step(*arguments)
            return state, {**metrics, "much": much(metrics["loss"])}

        return plain._replace(step=step)

    return make


@pytest.fixture
def greedier(denoising):
    def make(model):
        plain = denoising(model)

        def step(*arguments):
            state, metrics = plain.step(*arguments)
            values = jnp.linspace(0, metrics["loss"], SIDE**2)
            return state, {**metrics, "much": jnp.sort(values).max()}

        return plain._replace(step=step)

    return make


@pytest.mark.parametrize("is_saved", [False, True])
def test_a_failed_allocation_halves_the_members(
    greedy, make_dense, digits, tmp_path, caplog, is_saved
):
    members = [make_dense(f"m{i}", 2 + i, i) for i in range(4)]

    def train(folder=None):
        return aejax.fit(
            members, greedy, digits, steps=2, batch_size=8, every=1, executor="vmap",
            folder=folder, memory_limit=10**14,
        )  # fmt: skip

    whole = train()
    with at_most(17 * 10**8):
        found = train(tmp_path if is_saved else None)
    assert "memory did not suffice" in caplog.text
    assert sorted((r["member"], r["step"]) for r in found.records) == [
        (f"m{i}", step) for i in range(4) for step in (1, 2)
    ]
    for name in ("m0", "m3"):
        jax.tree.map(
            lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-6),
            found[name][1],
            whole[name][1],
        )

    def function(model, params, batch):
        images = model.apply(params, batch["image"])
        return images + much(images.mean())

    examples = {"image": digits[:2]}
    known = predict(function, whole, examples, executor="vmap")
    with at_most(17 * 10**8):
        shown = predict(function, found, examples, executor="vmap")
    assert shown.keys() == known.keys()
    np.testing.assert_allclose(shown["m2"], known["m2"], rtol=1e-3, atol=1e-4)


def test_too_little_for_one_member_is_one_line(greedier, make_dense, digits):
    with (
        at_most(4 * 10**8),
        pytest.raises(aejax.UserError, match="memory does not suffice") as refusal,
    ):
        aejax.fit(
            [make_dense("m", 2)], greedier, digits, steps=2, batch_size=8,
            memory_limit=10**14,
        )  # fmt: skip
    assert "\n" not in str(refusal.value)
