"""A likelihood's variance, annealing and free bits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import sampling
from aejax.algorithms.gaussian_vae import gaussian_vae, terms
from aejax.losses import reconstruction
from aejax.models import mlp_vae

SHAPE = (8, 8, 3)
BATCH = {"image": jnp.asarray(np.random.default_rng(0).uniform(size=(16, *SHAPE)))}
OWN = {"learning_rate": 1e-2, "seed": 0, "zdim": 4}


@pytest.fixture(scope="module")
def model():
    return mlp_vae(4, (16,), SHAPE)


@pytest.fixture(scope="module")
def loss(model):
    """`(step, **hparams) -> metrics` of the first training step."""
    algorithm = gaussian_vae(model, steps=100)
    hparams = {**OWN, "deviation": 0.3, "annealing": 0.0, "free_bits": 0.0}
    batch = {"image": BATCH["image"].astype(jnp.float32)}
    state = algorithm.init(jax.random.key(0), batch, hparams)
    with jax.numpy_dtype_promotion("standard"):
        step = jax.jit(lambda own: algorithm.step(state, batch, jax.random.key(1), own))

        def call(number=0, **own):
            with jax.numpy_dtype_promotion("standard"):
                return step(
                    jax.tree.map(jnp.asarray, {**hparams, **own, "step": number})
                )[1]

        yield call


def test_annealing_and_free_bits_change_what_the_kl_costs(loss):
    full = loss()
    elbo = full["reconstruction"] + full["kl"]
    np.testing.assert_allclose(full["loss"], elbo, rtol=1e-6)
    begun, half, ended = (loss(n, annealing=0.5) for n in (0, 25, 80))
    np.testing.assert_allclose(begun["loss"], full["reconstruction"], rtol=1e-6)
    expected = full["reconstruction"] + full["kl"] / 2
    np.testing.assert_allclose(half["loss"], expected, rtol=1e-6)
    np.testing.assert_allclose(ended["loss"], elbo, rtol=1e-6)
    free = loss(free_bits=50.0)["loss"]
    np.testing.assert_allclose(free, full["reconstruction"] + 4 * 50, rtol=1e-6)


def test_a_learnt_deviation_is_the_best_one(loss):
    learnt = loss(deviation=0.0)
    best = float(learnt["deviation"])
    assert learnt["reconstruction"] < loss(deviation=0.8 * best)["reconstruction"]
    assert learnt["reconstruction"] < loss(deviation=1.2 * best)["reconstruction"]
    same = loss(deviation=best)
    for name in ("reconstruction", "kl"):
        np.testing.assert_allclose(learnt[name], same[name], rtol=1e-5)


@pytest.mark.slow
def test_gradients_are_those_of_the_deviation_held_fast(model):
    batch = {"image": BATCH["image"].astype(jnp.float32)}
    params = model.init(jax.random.key(0), batch["image"])

    def total(params, deviation):
        hparams = {**OWN, "deviation": deviation}
        error, _, found = terms(model, params, batch, jax.random.key(1), hparams)
        return error.mean(), found

    (_, best), learnt = jax.value_and_grad(total, has_aux=True)(params, 0.0)
    fixed = jax.grad(total, has_aux=True)(params, best)[0]
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-3),
        learnt,
        fixed,
    )


def test_terms_are_those_of_the_gaussian(model):
    batch = {"image": BATCH["image"].astype(jnp.float32)}
    params = model.init(jax.random.key(0), batch["image"])
    hparams = {**OWN, "deviation": 0.5}
    key = jax.random.key(1)
    error, kl, deviation = terms(model, params, batch, key, hparams)
    mean, log_variance, *_ = model.apply(params, batch["image"], method="encode")
    latents = sampling.reparameterize(key, mean, log_variance)
    logits = model.apply(params, latents, method="logits")
    expected = reconstruction.gaussian(logits, batch["image"], 0.5)
    np.testing.assert_allclose(error, expected, rtol=1e-4)
    assert kl.shape == (16, 4) and deviation == 0.5
