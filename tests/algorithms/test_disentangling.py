"""The three weights: the ELBO without them, a capacity that holds, padding."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax.algorithms.disentangling import (
    WEIGHTS,
    codes_and_terms,
    disentangling,
)
from aejax.algorithms.vae import vae
from aejax.models import mlp_vae

SHAPE = (8, 8, 1)
IMAGES = np.random.default_rng(0).integers(0, 256, (32, *SHAPE)).astype(np.uint8)
HPARAMS = {"learning_rate": 1e-2, "seed": 0, "zdim": 3, "step": 0}


@pytest.fixture(scope="module")
def model():
    return mlp_vae(3, (16,), SHAPE)


def stepped(algorithm, steps=1, **hparams):
    own = {**HPARAMS, **hparams}
    own = {name: jnp.asarray(value) for name, value in own.items()}
    batch = {"image": jnp.asarray(IMAGES)}
    state = algorithm.init(jax.random.key(0), batch, own)

    @jax.jit
    def step(state, number):
        key = jax.random.fold_in(jax.random.key(1), number)
        return algorithm.step(state, batch, key, {**own, "step": number})

    for number in range(steps):
        state, metrics = step(state, jnp.int32(number))
    return state, metrics


def test_without_weights_it_is_the_elbo(standard_promotion, model):
    _, found = stepped(disentangling(model, steps=10), **WEIGHTS)
    total = found["reconstruction"] + found["kl"]
    np.testing.assert_allclose(found["loss"], total, rtol=1e-6)
    # Not the same noise as `vae` draws, but the same KL of the same codes.
    _, other = stepped(vae(model, steps=10))
    np.testing.assert_allclose(found["kl"], other["kl"], rtol=1e-5)


def test_each_weight_counts_its_term(standard_promotion, model):
    make = partial(stepped, disentangling(model, steps=10, annealing=0.1))
    _, plain = make(beta=0.0)
    for weight, name in (("beta", "kl"), ("total_correlation",) * 2):
        _, found = make(**{"beta": 0.0, weight: 3.0})
        expected = plain["loss"] + 3 * plain[name]
        np.testing.assert_allclose(found["loss"], expected, rtol=1e-5)
    # At the first step the capacity is 0.
    _, found = make(beta=0.0, gamma=2.0, capacity=5.0)
    np.testing.assert_allclose(
        found["loss"], plain["loss"] + 2 * plain["kl"], rtol=1e-5
    )


@pytest.mark.slow
def test_a_capacity_holds_the_kl(standard_promotion, model):
    for capacity in (1.0, 4.0):
        algorithm = disentangling(model, steps=400)
        _, found = stepped(algorithm, 400, beta=0.0, gamma=20.0, capacity=capacity)
        np.testing.assert_allclose(found["kl"], capacity, atol=0.3)


def test_terms_of_codes_are_those_of_the_loss(standard_promotion, model):
    algorithm = disentangling(model, steps=10)
    batch = {"image": jnp.asarray(IMAGES)}
    state = algorithm.init(jax.random.key(0), batch, HPARAMS)
    params = algorithm.params(state)
    found = jax.jit(partial(codes_and_terms, model))(params, batch, HPARAMS)
    assert found["mean"].shape == (len(IMAGES), 3)
    np.testing.assert_allclose(found["kl"], found["kl_each"].sum(), rtol=1e-5)
    # Another sample than that of the training, but the same KL.
    _, trained = stepped(algorithm, **WEIGHTS)
    np.testing.assert_allclose(found["kl"], trained["kl"], rtol=1e-5)
    rough = {"error": "reconstruction", "tc": "total_correlation"}
    for name, recorded in rough.items():
        np.testing.assert_allclose(found[name], trained[recorded], rtol=0.1, atol=0.5)
