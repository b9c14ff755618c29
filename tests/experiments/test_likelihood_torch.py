"""The likelihood study's PyTorch side: one bound, the same steps, the same clock."""

import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import data, keys, sampling, train
from aejax.recipes import schedules, vae
from aejax.run import study
from experiments._likelihood import network
from experiments._likelihood.evidence import Setting

torch = pytest.importorskip("torch")

from experiments._likelihood import beside, torch_side  # noqa: E402


def test_both_sides_have_one_bound():
    theirs = torch_side.Network(16)
    params = torch_side.tree(theirs, (4, 4, 1))
    ours = network.network((4, 4, 1))
    pictures = network.binarized(
        np.random.default_rng(0).integers(0, 256, (6, 4, 4, 1), np.uint8)
    )
    key = jax.random.key(1)
    noise = np.asarray(sampling.noise(key, jnp.zeros((3, 6, network.ZDIM))))
    found = theirs.log_weights(
        torch.tensor(np.asarray(pictures).reshape(6, -1)), torch.tensor(noise)
    )
    expected = vae.log_weights(ours, params, {"image": pictures}, key, {}, samples=3)
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-4, atol=1e-3)


def test_both_sides_take_the_same_steps():
    torch.manual_seed(0)
    theirs, steps, k = torch_side.Network(16), 6, 3
    ours, share = network.network((4, 4, 1)), schedules.staged(steps)
    pictures = np.random.default_rng(0).integers(0, 2, (8, 4, 4, 1)) * np.uint8(255)
    hyper = {"seed": jnp.uint32(0), "learning_rate": jnp.float32(1e-3)}
    recipe = vae.recipe(
        ours, steps=steps, batch_size=8, samples=k, binarize=True,
        optimizer=schedules.adam(share, 1e-4),
    )  # fmt: skip
    begun = jax.tree.map(jnp.asarray, torch_side.tree(theirs, (4, 4, 1)))
    state, optimizer = (
        train.init_state(begun, hyper, recipe),
        torch_side.adam(theirs, 1e-4),
    )
    x = torch.tensor(pictures.reshape(8, -1) / 255, dtype=torch.float32)
    with jax.numpy_dtype_promotion("standard"):
        for step in range(steps):
            key = jax.random.fold_in(keys.stream(0, keys.NOISE), step)
            # The recipe's first key is for the pixels, which are binary already.
            like = jnp.zeros((k, 8, network.ZDIM))
            noise = np.array(sampling.noise(jax.random.split(key)[1], like))
            batch = {"image": jnp.asarray(pictures)}
            state, _ = train.step(state, batch, hyper, recipe)
            optimizer.param_groups[0]["lr"] = 1e-3 * float(share(step))
            torch_side.take_step(theirs, optimizer, x, torch.tensor(noise))
    moved = jax.tree.map(lambda a, b: np.abs(a - b).max(), state["params"], begun)
    assert min(jax.tree.leaves(moved)) > 1e-4
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=0, atol=2e-5),
        state["params"],
        torch_side.tree(theirs, (4, 4, 1)),
    )


def test_looks_are_a_part_of_the_training_s_time_on_this_side_too(monkeypatch):
    pictures = np.random.default_rng(0).integers(0, 256, (8, 4, 4, 1), np.uint8)
    images = data.Images(pictures, np.zeros(8, np.int64))
    run = study.Study(None, None, {}, images, images)
    setting = Setting(1, 0, np.full(4, 1e-3), 1e-4, 4, 2, network.log_odds(pictures))
    few, compiled = network.binarized(pictures), beside.bound_program

    def slow(*arguments):
        program = compiled(*arguments)
        return lambda *given: (time.sleep(0.2), program(*given))[1]

    monkeypatch.setattr(beside, "bound_program", slow)
    found = beside._trained(run, setting, few, lambda params: {"last": params})
    training = found["training"]
    assert training["steps"] == [2, 4]
    assert 0.4 <= training["seconds"] < 5
    hyper = {"seed": jnp.uint32(0)}
    own = network.network((4, 4, 1)), found["last"], hyper, {"image": few}
    expected = network.bound(*own)["test_bound"]
    np.testing.assert_allclose(training["curve"][-1], expected, rtol=1e-5)
