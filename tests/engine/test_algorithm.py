"""Algorithms as such: their moving average, and networks that train each other."""

from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from aejax import train
from aejax.algorithm import adversarial, gradient, with_ema

HPARAMS = {"seed": jnp.uint32(1), "data_seed": jnp.uint32(2), "learning_rate": 0.1}
STEPS, BATCH_SIZE = 7, 3


@pytest.fixture(scope="module")
def data():
    x = np.random.default_rng(0).normal(size=(9, 2)).astype(np.float32)
    return {"x": jnp.asarray(x)}


def distance(params, batch, key, hparams):
    """Of a point from noisy examples."""
    del hparams
    noise = jax.random.normal(key, batch["x"].shape) / 10
    error = jnp.square(params["w"][None] - batch["x"] - noise).sum(1).mean()
    return error, {}


def sgd(hparams):
    return optax.sgd(hparams["learning_rate"], momentum=jnp.float32(0.5))


def at_one(key, batch, hparams):
    del key, batch, hparams
    return {"w": jnp.ones(2)}


DESCENT = gradient(None, distance, sgd, init=at_one)


@cache
def program(algorithm, steps):
    chunk = partial(
        train.chunk, algorithm=algorithm, steps=steps, batch_size=BATCH_SIZE
    )
    return jax.jit(chunk)


def run(algorithm, data, steps=STEPS, first=0, state=None, hparams=HPARAMS):
    if state is None:
        state = algorithm.init(jax.random.key(0), data, hparams)
    return program(algorithm, steps)(state, hparams, data, first)


def recorded(algorithm, data):
    """The parameters before the first step and after each."""
    state = algorithm.init(jax.random.key(0), data, HPARAMS)
    found = [np.asarray(algorithm.params(state)["w"], np.float64)]
    for first in range(STEPS):
        state, _ = run(algorithm, data, 1, first, state)
        found.append(np.asarray(algorithm.params(state)["w"], np.float64))
    return np.stack(found)


def assert_equal(found, expected):
    jax.tree.map(np.testing.assert_array_equal, found, expected)


def test_without_an_evaluation_nothing_is_evaluated(data):
    assert DESCENT.evaluate({"w": jnp.ones(2)}, data, HPARAMS) == {}


@pytest.mark.parametrize("decay", [0.25, 0.9])
def test_the_average_is_the_product_of_its_decays(data, decay):
    """The weight of w_s after t steps: (1 - d_s) times all later decays."""
    path = recorded(DESCENT, data)
    found = recorded(with_ema(DESCENT, decay), data)
    begun = np.arange(STEPS)
    decays = np.minimum(decay, (1 + begun) / (10 + begun))
    for t in range(STEPS + 1):
        weights = [(1 - decays[s]) * decays[s + 1 : t].prod() for s in range(t)]
        expected = decays[:t].prod() * path[0] + np.array(weights) @ path[1 : t + 1]
        np.testing.assert_allclose(found[t], expected, rtol=1e-6, atol=1e-7)


def test_training_is_the_same_with_the_average(data):
    plain, losses = run(DESCENT, data)
    averaged, same = run(with_ema(DESCENT, 0.9), data)
    assert_equal(averaged["inner"], plain)
    assert_equal(same, losses)


def test_an_average_of_decay_zero_is_the_parameters(data):
    averaged = with_ema(DESCENT, 0)
    state, _ = run(averaged, data)
    assert_equal(averaged.params(state), DESCENT.params(run(DESCENT, data)[0]))


@pytest.mark.parametrize("decay", [-0.1, 1.0, 2.0, float("nan")])
def test_a_decay_that_is_none_is_refused(decay):
    with pytest.raises(ValueError, match="decay"):
        with_ema(DESCENT, decay)


def test_the_average_is_a_copy_of_its_own(data):
    """Its buffers are donated to the next chunk; one buffer cannot be given twice."""
    algorithm = with_ema(DESCENT, 0.5)
    state = jax.jit(algorithm.init)(jax.random.key(0), data, HPARAMS)
    chunk = partial(train.chunk, algorithm=algorithm, steps=2, batch_size=BATCH_SIZE)
    jax.jit(chunk, donate_argnums=0)(state, HPARAMS, data, 0)


# Two networks of one number each: a generator of g + noise, a critic of slope c.
def both(key, batch, hparams):
    del batch, hparams
    g, c = jax.random.normal(key, (2, 2))
    return {"generator": {"g": g}, "critic": {"c": c}}


def generated(params, batch, key):
    return params["generator"]["g"][None] + jax.random.normal(key, batch["x"].shape)


def critic_loss(params, batch, key, hparams):
    del hparams
    slope = params["critic"]["c"]
    real, made = batch["x"] @ slope, generated(params, batch, key) @ slope
    return made.mean() - real.mean() + jnp.square(slope).sum(), {"gap": made.mean()}


def generator_loss(params, batch, key, hparams):
    del hparams
    return -(generated(params, batch, key) @ params["critic"]["c"]).mean(), {}


def rate_of(name):
    return lambda hparams: optax.sgd(hparams[f"{name}_rate"])


LOSSES = {"critic": critic_loss, "generator": generator_loss}
OPTIMIZERS = {name: rate_of(name) for name in LOSSES}
RATES = {**HPARAMS, "critic_rate": 0.1, "generator_rate": 0.2}
PAIR = adversarial(both, LOSSES, OPTIMIZERS)


def test_a_step_is_one_turn_of_each_with_the_others_as_they_are(data):
    state = PAIR.init(jax.random.key(0), data, RATES)
    begun, key = PAIR.params(state), jax.random.key(5)
    found, metrics = PAIR.step(state, data, key, RATES)
    first, second = jax.random.split(key, 2)
    slope = jax.grad(lambda c: critic_loss({**begun, "critic": c}, data, first, {})[0])(
        begun["critic"]
    )
    critic = {"c": begun["critic"]["c"] - 0.1 * slope["c"]}
    # The generator meets the critic that was updated just now.
    moved = {**begun, "critic": critic}
    slope = jax.grad(
        lambda g: generator_loss({**moved, "generator": g}, data, second, {})[0]
    )(begun["generator"])
    expected = {
        "critic": critic,
        "generator": {"g": begun["generator"]["g"] - 0.2 * slope["g"]},
    }
    jax.tree.map(
        partial(np.testing.assert_allclose, rtol=1e-5), PAIR.params(found), expected
    )
    assert set(metrics) == {"critic_loss", "generator_loss", "gap"}


@pytest.mark.parametrize("still", ["critic", "generator"])
def test_each_network_moves_by_its_own_loss_alone(data, still):
    """With a rate of 0 it stays bit for bit, whatever the other one does."""
    hparams = {**RATES, f"{still}_rate": 0.0}
    begun = PAIR.init(jax.random.key(0), data, hparams)
    done, _ = run(PAIR, data, hparams=hparams)
    (other,) = {"critic", "generator"} - {still}
    assert_equal(done[still]["params"], begun[still]["params"])
    assert not np.array_equal(
        *(jax.tree.leaves(s[other]["params"])[0] for s in (done, begun))
    )


def test_a_critic_may_have_several_turns(data):
    """As many single ones, with the generator standing still."""
    hparams = {**RATES, "generator_rate": 0.0}
    thrice = adversarial(both, LOSSES, OPTIMIZERS, rounds={"critic": 3})
    state = thrice.init(jax.random.key(0), data, hparams)
    key = jax.random.key(3)
    found, _ = thrice.step(state, data, key, hparams)
    turns = jax.random.split(key, 4)
    params = thrice.params(state)
    for turn in turns[:3]:
        slope = jax.grad(
            lambda c, p=params, k=turn: critic_loss({**p, "critic": c}, data, k, {})[0]
        )(params["critic"])
        moved = jax.tree.map(lambda a, g: a - 0.1 * g, params["critic"], slope)
        params = {**params, "critic": moved}
    jax.tree.map(
        partial(np.testing.assert_allclose, rtol=1e-5), thrice.params(found), params
    )


def test_a_pair_that_was_cut_is_a_pair_that_was_not(data):
    whole, _ = run(PAIR, data, hparams=RATES)
    first, _ = run(PAIR, data, 3, hparams=RATES)
    second, _ = run(PAIR, data, STEPS - 3, 3, first, hparams=RATES)
    assert_equal(second, whole)


def test_the_generator_finds_the_data(data):
    """A game with one answer: the mean of the examples, a slope of 0."""
    hparams = {**RATES, "critic_rate": 0.2, "generator_rate": 0.1}
    done, _ = run(PAIR, data, 2000, hparams=hparams)
    mean = np.asarray(data["x"]).mean(0)
    np.testing.assert_allclose(done["generator"]["params"]["g"], mean, atol=0.5)
