"""An algorithm may make its batches itself: by key, from arrays of any lengths."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from aejax import batches, keys, train
from aejax.algorithm import adversarial, gradient, with_best, with_ema

HPARAMS = {"seed": jnp.uint32(1), "data_seed": jnp.uint32(2)}
SIZES, BATCH_SIZE, STEPS = (10, 3), 4, 12


@pytest.fixture(scope="module")
def data():
    """Each number says which of its array it is."""
    return {
        "a": jnp.arange(SIZES[0], dtype=jnp.float32),
        "b": 100 + jnp.arange(SIZES[1], dtype=jnp.float32),
    }


def pairs(data, rows, key, hparams):
    """The rows of "a", each with any of "b"."""
    others = jax.random.randint(key, rows.shape, 0, len(data["b"]))
    return {"a": data["a"][rows], "b": data["b"][others]}


def seen(params, batch, key, hparams):
    """Records the whole batch."""
    del key, hparams
    columns = {f"{n}{i}": x for n in batch for i, x in enumerate(batch[n])}
    return params["w"] * batch["a"].mean(), columns


def at_one(key, batch, hparams):
    del key, batch, hparams
    return {"w": jnp.ones(())}


def sgd(hparams):
    del hparams
    return optax.sgd(0.1)


ALGORITHM = gradient(None, seen, sgd, init=at_one, draw=pairs)


def run(data, steps=STEPS, first=0, hparams=HPARAMS, algorithm=ALGORITHM):
    """What each step saw: {"a": [steps, batch], "b": [steps, batch]}."""
    state = algorithm.init(jax.random.key(0), {"a": jnp.zeros(1)}, hparams)
    chunk = partial(
        train.chunk, algorithm=algorithm, steps=steps, batch_size=BATCH_SIZE
    )
    _, metrics = jax.jit(chunk)(state, hparams, data, jnp.int32(first))
    columns = {n: [metrics[f"{n}{i}"] for i in range(BATCH_SIZE)] for n in ("a", "b")}
    return {name: np.stack(column, 1) for name, column in columns.items()}


def assert_equal(found, expected):
    jax.tree.map(np.testing.assert_array_equal, found, expected)


def test_rows_are_those_of_the_first_array_and_the_key_is_that_of_the_step(data):
    found = run(data)
    stream = keys.stream(2, keys.BATCHES)
    rows = batches.batch_indices(stream, jnp.int32(0), STEPS, SIZES[0], BATCH_SIZE)
    np.testing.assert_array_equal(found["a"], rows)
    for step in range(STEPS):
        key = jax.random.fold_in(keys.stream(2, keys.PAIRS), step)
        others = 100 + jax.random.randint(key, (BATCH_SIZE,), 0, SIZES[1])
        np.testing.assert_array_equal(found["b"][step], others)
    assert {*found["b"].ravel()} == {100, 101, 102}


@pytest.mark.parametrize("cut", [1, 5])
def test_chunks_do_not_matter(data, cut):
    parts = [run(data, cut), run(data, STEPS - cut, cut)]
    assert_equal(jax.tree.map(lambda *a: np.concatenate(a), *parts), run(data))


def test_equal_data_seeds_mean_equal_pairs_whatever_the_seed(data):
    expected = run(data)
    assert_equal(run(data, hparams={**HPARAMS, "seed": jnp.uint32(7)}), expected)
    other = run(data, hparams={**HPARAMS, "data_seed": jnp.uint32(7)})
    assert (other["b"] != expected["b"]).any()


def test_without_a_draw_of_its_own_the_same_rows_of_every_array(data):
    equal = {"a": data["a"], "b": 100 + data["a"]}
    plain = gradient(None, seen, sgd, init=at_one)
    found = run(equal, algorithm=plain)
    np.testing.assert_array_equal(found["b"], 100 + found["a"])
    np.testing.assert_array_equal(found["a"], run(data)["a"])


def test_what_wraps_an_algorithm_keeps_its_draw():
    both = adversarial(at_one, {"w": seen}, {"w": sgd}, draw=pairs)
    for algorithm in (both, ALGORITHM, with_ema(ALGORITHM, 0.5)):
        assert algorithm.draw is pairs
        assert with_best(algorithm, "w").draw is pairs
    assert gradient(None, seen, sgd, init=at_one).draw is batches.gather


def test_the_beginning_is_what_is_drawn_for_the_first_rows(data):
    found = batches.beginning(pairs, data, 4)
    np.testing.assert_array_equal(found["a"], data["a"][:4])
    assert {*found["b"].tolist()} <= {100, 101, 102}
    assert_equal(batches.beginning(pairs, data, 4), found)
    host = jax.tree.map(np.asarray, data)
    assert_equal(jax.jit(lambda: batches.beginning(pairs, host, 4))(), found)
    cut = jax.tree.map(lambda a: a[:1], data)
    assert_equal(batches.beginning(pairs, cut, 1), {"a": [0.0], "b": [100.0]})
