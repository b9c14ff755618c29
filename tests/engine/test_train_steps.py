"""A step is Adam on one batch; a chunk is so many steps; a run can be cut anywhere."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from aejax import keys, train
from aejax.algorithm import gradient
from aejax.batches import batch_indices
from aejax.eval.batching import batched

HPARAMS = {"seed": jnp.uint32(3), "data_seed": jnp.uint32(4), "learning_rate": 0.1}
EXAMPLES, BATCH_SIZE = 10, 4
BATCHES = keys.stream(4, keys.BATCHES)


@pytest.fixture(scope="module")
def numbers():
    """x [10, 3] and y [10], for a linear model of y."""
    random = np.random.default_rng(1)
    x = random.normal(size=(EXAMPLES, 3))
    return {"x": x, "y": x @ [1.0, -2.0, 0.5] + 3}


def at_nought(key, batch, hparams):
    """Initial parameters of a linear model."""
    del key, hparams
    dtype = batch["x"].dtype
    return {"w": jnp.zeros(3, dtype), "b": jnp.zeros((), dtype)}


@pytest.fixture(scope="module")
def linear(adam):
    """Least squares with noise on the targets, in batches of 4."""

    def loss(params, batch, key, hparams):
        del hparams
        noise = jax.random.normal(key, batch["y"].shape, batch["y"].dtype) / 10
        error = batch["x"] @ params["w"] + params["b"][None] - batch["y"] - noise
        return jnp.square(error).mean(), {"largest": jnp.abs(error).max()}

    return gradient(None, loss, adam, init=at_nought)


def begin(numbers, algorithm):
    data = jax.tree.map(jnp.asarray, numbers)
    return algorithm.init(jax.random.key(0), data, HPARAMS), data


compiled = jax.jit(train.chunk, static_argnames=("algorithm", "steps", "batch_size"))


def run(state, data, algorithm, steps, first=0, hparams=HPARAMS):
    return compiled(
        state, hparams, data, jnp.int32(first),
        algorithm=algorithm, steps=steps, batch_size=BATCH_SIZE,
    )  # fmt: skip


def adam_by_hand(numbers, steps):
    """Kingma & Ba 2015, algorithm 1, on the same batches and noise."""
    w, m, v = np.zeros(4), np.zeros(4), np.zeros(4)
    x = np.concatenate([numbers["x"], np.ones((EXAMPLES, 1))], 1)
    indices = batch_indices(BATCHES, jnp.int32(0), steps, EXAMPLES, BATCH_SIZE)
    losses = []
    for t in range(steps):
        rows = np.asarray(indices[t])
        key = jax.random.fold_in(keys.stream(3, keys.NOISE), t)
        noise = np.asarray(jax.random.normal(key, (BATCH_SIZE,), float)) / 10
        error = x[rows] @ w - numbers["y"][rows] - noise
        losses.append(np.square(error).mean())
        gradient = 2 * x[rows].T @ error / BATCH_SIZE
        m = 0.9 * m + 0.1 * gradient
        v = 0.999 * v + 0.001 * gradient**2
        m_hat, v_hat = m / (1 - 0.9 ** (t + 1)), v / (1 - 0.999 ** (t + 1))
        w = w - 0.1 * m_hat / (np.sqrt(v_hat) + 1e-8)
    return w, losses


def test_steps_are_adam_as_published(x64, numbers, linear):
    state, metrics = run(*begin(numbers, linear), linear, 25)
    w, losses = adam_by_hand(numbers, 25)
    params = linear.params(state)
    np.testing.assert_allclose(np.append(params["w"], params["b"]), w, rtol=1e-10)
    np.testing.assert_allclose(metrics["loss"], losses, rtol=1e-10)
    assert set(metrics) == {"loss", "largest"}


def test_a_chunk_is_so_many_single_steps_compiled_or_not(x64, numbers, linear):
    state, data = begin(numbers, linear)
    whole, metrics = run(state, data, linear, 5, first=3)
    indices = batch_indices(BATCHES, jnp.int32(3), 5, EXAMPLES, BATCH_SIZE)
    losses = []
    for number, rows in enumerate(indices, 3):
        batch = jax.tree.map(lambda a, rows=rows: a[rows], data)
        key = jax.random.fold_in(keys.stream(3, keys.NOISE), number)
        state, seen = linear.step(state, batch, key, HPARAMS)
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
    second, after = run(stored, data, linear, 8 - cut, first=cut)
    jax.tree.map(np.testing.assert_array_equal, second, whole)
    for name, curve in metrics.items():
        joined = np.concatenate([before[name], after[name]])
        np.testing.assert_array_equal(joined, curve)


def test_a_second_chunk_does_not_compile(numbers, linear, compilations):
    numbers = jax.tree.map(np.float32, numbers)
    state, data = begin(numbers, linear)
    program = jax.jit(
        partial(train.chunk, algorithm=linear, steps=3, batch_size=BATCH_SIZE)
    )
    state, _ = program(state, HPARAMS, data, jnp.int32(0))
    first = len(compilations)
    assert first > 0
    starts = [np.int32(3 * i) for i in (1, 2, 3)]
    for start in starts:
        state, _ = program(state, HPARAMS, data, start)
    assert len(compilations) == first


def test_a_learning_rate_of_zero_changes_no_parameter(numbers, linear):
    numbers = jax.tree.map(np.float32, numbers)
    state, data = begin(numbers, linear)
    still = {**HPARAMS, "learning_rate": 0.0}
    after, _ = run(state, data, linear, 3, hparams=still)
    jax.tree.map(np.testing.assert_array_equal, after["params"], state["params"])


def test_noise_differs_from_step_to_step_and_seed_to_seed(numbers):
    def loss(params, batch, key, hparams):
        del batch, hparams
        return params["w"].sum(), {"drawn": jax.random.normal(key)}

    algorithm = gradient(None, loss, lambda _: optax.sgd(0.0), init=at_nought)
    state, data = begin(jax.tree.map(np.float32, numbers), algorithm)
    drawn = []
    for seed in range(3):
        hparams = {**HPARAMS, "seed": jnp.uint32(seed)}
        _, metrics = run(state, data, algorithm, 6, hparams=hparams)
        drawn += metrics["drawn"].tolist()
    assert len(set(drawn)) == 18


def test_a_step_knows_its_number(numbers):
    def loss(params, batch, key, hparams):
        del batch, key
        return params["w"].sum(), {"number": hparams["step"]}

    algorithm = gradient(None, loss, lambda _: optax.sgd(0.0), init=at_nought)
    state, data = begin(jax.tree.map(np.float32, numbers), algorithm)
    _, metrics = run(state, data, algorithm, 4, first=7)
    assert metrics["number"].tolist() == [7, 8, 9, 10]


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 8, 9, 30, 31])
def test_batched_is_the_function_itself(n):
    random = np.random.default_rng(n)
    examples = {
        "x": jnp.asarray(random.normal(size=(n, 3)), jnp.float32),
        "k": jnp.arange(n),
    }

    def function(batch):
        return {"out": batch["x"] * 2, "pair": (batch["k"], batch["x"][:, 0])}

    found = batched(function, examples, size=4)
    jax.tree.map(np.testing.assert_array_equal, found, function(examples))


def test_batched_never_sees_more_than_its_size():
    seen = []

    def function(batch):
        seen.append(len(batch))
        return batch

    for n in (5, 8, 1000):
        batched(function, jnp.arange(n), size=8)
    assert max(seen) <= 8
