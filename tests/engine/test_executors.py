"""Three executors, one function: the same results."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import executors


def function(state, hparams, data):
    """Some of everything: trees, integers, scans, what members share."""

    def body(carry, row):
        carry = jnp.tanh(carry + hparams["rate"] * row)
        return carry, carry.sum()

    last, sums = jax.lax.scan(body, state["x"], data)
    return {"x": last, "count": state["count"] + hparams["seed"]}, sums


def arguments(members):
    random = np.random.default_rng(members)
    state = {
        "x": jnp.asarray(random.normal(size=(members, 3)), jnp.float32),
        "count": jnp.arange(members),
    }
    hparams = {
        "rate": jnp.linspace(0.1, 1, members),
        "seed": jnp.arange(members)[::-1],
    }
    return state, hparams, jnp.asarray(random.normal(size=(5, 3)), jnp.float32)


@pytest.mark.parametrize("executor", executors.NAMES)
@pytest.mark.parametrize("members", [1, 2, 3, 5])
def test_executors_agree_with_a_loop(executor, members):
    state, hparams, data = arguments(members)
    found = jax.jit(executors.over_members(function, executor))(state, hparams, data)
    alone = [
        function(*jax.tree.map(lambda a, i=i: a[i], (state, hparams)), data)
        for i in range(members)
    ]
    expected = jax.tree.map(lambda *leaves: np.stack(leaves), *alone)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6),
        found,
        expected,
    )


def test_sharded_runs_on_every_device():
    arguments_of_four = arguments(4)
    program = jax.jit(executors.over_members(function, "sharded"))
    (state, _) = program(*arguments_of_four)
    assert jax.device_count() == 2
    assert state["x"].sharding.device_set == set(jax.devices())


def test_an_unknown_executor_is_refused():
    with pytest.raises(ValueError, match=r"'pmap' is not one of map, vmap, sharded"):
        executors.over_members(function, "pmap")


def test_members_are_spread_over_cpu_devices_once_there_are_enough():
    assert [executors.choose(n) for n in (1, 2, 7)] == ["map", "sharded", "sharded"]
