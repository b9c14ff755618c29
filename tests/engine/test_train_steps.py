"""A step is Adam on one batch; a chunk is so many steps; a run can be cut anywhere."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from aejax import keys, train

HYPER = {"seed": jnp.uint32(3), "data_seed": jnp.uint32(4), "learning_rate": 0.1}
EXAMPLES = 10
BATCHES = keys.stream(4, keys.BATCHES)


@pytest.fixture(scope="module")
def numbers():
    """x [10, 3] and y [10], for a linear model of y."""
    random = np.random.default_rng(1)
    x = random.normal(size=(EXAMPLES, 3))
    return {"x": x, "y": x @ [1.0, -2.0, 0.5] + 3}


@pytest.fixture(scope="module")
def linear(adam):
    """Least squares with noise on the targets, in batches of 4."""

    def loss(params, batch, key, hyper):
        del hyper
        noise = jax.random.normal(key, batch["y"].shape, batch["y"].dtype) / 10
        error = batch["x"] @ params["w"] + params["b"][None] - batch["y"] - noise
        return jnp.square(error).mean(), {"largest": jnp.abs(error).max()}

    return train.Recipe(loss, adam, 4)


def begin(numbers, recipe):
    data = jax.tree.map(jnp.asarray, numbers)
    dtype = data["x"].dtype
    params = {"w": jnp.zeros(3, dtype), "b": jnp.zeros((), dtype)}
    return train.init_state(params, HYPER, recipe), data


compiled = jax.jit(train.chunk, static_argnames=("recipe", "steps"))


def run(state, data, recipe, steps):
    return compiled(state, HYPER, data, recipe=recipe, steps=steps)


def adam_by_hand(numbers, steps):
    """Kingma & Ba 2015, algorithm 1, on the same batches and noise."""
    w, m, v = np.zeros(4), np.zeros(4), np.zeros(4)
    x = np.concatenate([numbers["x"], np.ones((EXAMPLES, 1))], 1)
    indices = train.batch_indices(BATCHES, jnp.int32(0), steps, EXAMPLES, 4)
    losses = []
    for t in range(steps):
        rows = np.asarray(indices[t])
        key = jax.random.fold_in(keys.stream(3, keys.NOISE), t)
        noise = np.asarray(jax.random.normal(key, (4,), float)) / 10
        error = x[rows] @ w - numbers["y"][rows] - noise
        losses.append(np.square(error).mean())
        gradient = 2 * x[rows].T @ error / 4
        m = 0.9 * m + 0.1 * gradient
        v = 0.999 * v + 0.001 * gradient**2
        m_hat, v_hat = m / (1 - 0.9 ** (t + 1)), v / (1 - 0.999 ** (t + 1))
        w = w - 0.1 * m_hat / (np.sqrt(v_hat) + 1e-8)
    return w, losses


def test_steps_are_adam_as_published(x64, numbers, linear):
    state, metrics = run(*begin(numbers, linear), linear, 25)
    w, losses = adam_by_hand(numbers, 25)
    found = np.append(state["params"]["w"], state["params"]["b"])
    np.testing.assert_allclose(found, w, rtol=1e-10)
    np.testing.assert_allclose(metrics["loss"], losses, rtol=1e-10)
    assert state["step"] == 25
    assert set(metrics) == {"loss", "largest"}


def test_a_chunk_is_so_many_single_steps_compiled_or_not(x64, numbers, linear):
    state, data = begin(numbers, linear)
    whole, metrics = run(state, data, linear, 5)
    indices = train.batch_indices(BATCHES, jnp.int32(0), 5, EXAMPLES, 4)
    losses = []
    for rows in indices:
        batch = jax.tree.map(lambda a, rows=rows: a[rows], data)
        state, seen = train.step(state, batch, HYPER, linear)
        losses.append(seen["loss"])
    close = partial(np.testing.assert_allclose, rtol=1e-12, atol=1e-14)
    jax.tree.map(close, whole, state)
    close(metrics["loss"], losses)


@pytest.mark.parametrize("cut", [1, 4])
def test_a_run_that_was_cut_is_a_run_that_was_not(numbers, linear, cut):
    numbers = jax.tree.map(np.float32, numbers)
    state, data = begin(numbers, linear)
    whole, metrics = run(state, data, linear, 8)
    first, before = run(state, data, linear, cut)
    stored = jax.tree.map(jnp.asarray, jax.device_get(first))
    second, after = run(stored, data, linear, 8 - cut)
    jax.tree.map(np.testing.assert_array_equal, second, whole)
    for name, curve in metrics.items():
        joined = np.concatenate([before[name], after[name]])
        np.testing.assert_array_equal(joined, curve)


def test_a_second_chunk_does_not_compile(numbers, linear, compilations):
    numbers = jax.tree.map(np.float32, numbers)
    state, data = begin(numbers, linear)
    program = jax.jit(partial(train.chunk, recipe=linear, steps=3))
    state, _ = program(state, HYPER, data)
    first = len(compilations)
    assert first > 0
    for _ in range(3):
        state, _ = program(state, HYPER, data)
    assert len(compilations) == first


def test_a_learning_rate_of_zero_changes_no_parameter(numbers, linear):
    numbers = jax.tree.map(np.float32, numbers)
    state, data = begin(numbers, linear)
    still = {**HYPER, "learning_rate": 0.0}
    after, _ = train.chunk(state, still, data, recipe=linear, steps=3)
    jax.tree.map(np.testing.assert_array_equal, after["params"], state["params"])


def test_noise_differs_from_step_to_step_and_seed_to_seed(numbers):
    def loss(params, batch, key, hyper):
        del batch, hyper
        return params["w"].sum(), {"drawn": jax.random.normal(key)}

    recipe = train.Recipe(loss, lambda _: optax.sgd(0.0), 4)
    state, data = begin(jax.tree.map(np.float32, numbers), recipe)
    drawn = []
    for seed in range(3):
        hyper = {**HYPER, "seed": jnp.uint32(seed)}
        _, metrics = train.chunk(state, hyper, data, recipe=recipe, steps=6)
        drawn += metrics["drawn"].tolist()
    assert len(set(drawn)) == 18


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 8, 9, 30, 31])
def test_batched_is_the_function_itself(n):
    random = np.random.default_rng(n)
    examples = {
        "x": jnp.asarray(random.normal(size=(n, 3)), jnp.float32),
        "k": jnp.arange(n),
    }

    def function(batch):
        return {"out": batch["x"] * 2, "pair": (batch["k"], batch["x"][:, 0])}

    found = train.batched(function, examples, size=4)
    jax.tree.map(np.testing.assert_array_equal, found, function(examples))


def test_batched_never_sees_more_than_its_size():
    seen = []

    def function(batch):
        seen.append(len(batch))
        return batch

    for n in (5, 8, 1000):
        train.batched(function, jnp.arange(n), size=8)
    assert max(seen) <= 8
