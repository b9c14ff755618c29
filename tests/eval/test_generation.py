"""Codes, reconstructions and samples of a whole data set."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import keys, models, sampling
from aejax.eval import generation
from aejax.eval.likelihood import log_likelihood, log_likelihoods
from aejax.padding import pad

SHAPE = (4, 4, 1)


@pytest.fixture(scope="module")
def model():
    return models.mlp_vae(3, (5,), SHAPE)


@pytest.fixture(scope="module")
def images():
    return jax.random.uniform(jax.random.key(1), (1300, *SHAPE))


@pytest.fixture(scope="module")
def params(model, images):
    return model.init(jax.random.key(0), images[:1])


def test_batches_do_not_matter(model, params, images):
    codes = generation.mean_codes(model, params, images)
    whole = model.apply(params, images, method="encode").mean
    np.testing.assert_allclose(codes, whole, rtol=1e-5, atol=1e-6)
    shown = generation.decoded(model, params, codes)
    np.testing.assert_allclose(
        shown, model.apply(params, whole, method="decode"), rtol=1e-5, atol=1e-6
    )
    found = generation.reconstruction(model, params, images, images[:4])
    assert found["mse"] == pytest.approx(float(jnp.square(shown - images).mean()), 1e-5)
    np.testing.assert_allclose(found["reconstructions"], shown[:4], atol=1e-6)
    assert 0 <= found["active"] <= 3


def test_a_padded_model_gives_the_samples_of_the_model_alone(model, params, images):
    large = models.mlp_vae(6, (9,), SHAPE)
    shapes = jax.eval_shape(large.init, jax.random.key(0), images[:1])
    own, key = {"zdim": jnp.int32(3)}, keys.stream(0, keys.DRAWS)
    alone = generation.prior_samples(model, params, key, 40, {})
    padded = generation.prior_samples(large, pad(params, shapes), key, 40, own)
    assert alone.shape == (40, *SHAPE)
    np.testing.assert_allclose(padded, alone, rtol=1e-5, atol=1e-6)
    latents = sampling.noise(key, jnp.zeros((40, 3)))
    np.testing.assert_allclose(
        alone, model.apply(params, latents, method="decode"), rtol=1e-5, atol=1e-6
    )


def test_likelihoods_are_those_of_each_batch(model, params, images):
    key = jax.random.key(2)
    found = log_likelihoods(model, params, {"image": images[:300]}, key, {}, samples=3)
    # 300 examples are two batches of 150.
    first = log_likelihood(model, params, {"image": images[:150]}, key, {}, samples=3)
    assert found.shape == (300,)
    np.testing.assert_allclose(found[:150], first, rtol=1e-5)
