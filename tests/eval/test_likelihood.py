"""Importance sampling: exact where the answer is known, of as many draws as asked."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax.algorithms.vae import log_weights, terms
from aejax.eval import likelihood
from aejax.losses import variational
from aejax.models import mlp_vae

SHAPE = (4, 4, 1)
MODEL = mlp_vae(3, (6,), SHAPE)


@pytest.fixture(scope="module")
def batch():
    pictures = jax.random.randint(jax.random.key(5), (12, *SHAPE), 0, 256)
    return {"image": pictures.astype(jnp.uint8)}


@pytest.fixture
def params(batch):
    return MODEL.init(jax.random.key(0), batch["image"][:1])


@pytest.fixture
def known(params):
    """A decoder that ignores its latents: log p(x) is the reconstruction itself."""
    first = params["params"]["decoder"]["fc_0"]
    first["kernel"] = jnp.zeros_like(first["kernel"])
    return params


@pytest.fixture
def one_off(known):
    """And every posterior is the prior, moved by a length of 1."""
    inner = known["params"]["posterior"]
    inner["mean"] = jax.tree.map(jnp.zeros_like, inner["mean"])
    inner["mean"]["bias"] += 3**-0.5
    inner["log_variance"] = jax.tree.map(jnp.zeros_like, inner["log_variance"])
    return known


def test_the_estimate_is_right_where_the_likelihood_is_known(known, batch):
    error, kl = terms(MODEL, known, batch, jax.random.key(0), {})
    found = likelihood.log_likelihood(
        MODEL, known, batch, jax.random.key(1), {}, samples=4000, at_once=100
    )
    assert float(kl.mean()) > 0.01
    np.testing.assert_allclose(found, -error, atol=0.15)


def gap(samples):
    """What the bound lacks by quadrature: log weights less log p(x) are N(-1/2, 1)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    chances, one = weights / weights.sum(), nodes - 0.5
    if samples == 1:
        return chances @ one
    return chances @ (np.logaddexp(one[:, None], one[None]) - np.log(2)) @ chances


@pytest.mark.parametrize("samples", [1, 2])
def test_the_bound_with_few_samples_is_that_of_quadrature(one_off, batch, samples):
    error, kl = terms(MODEL, one_off, batch, jax.random.key(0), {})
    np.testing.assert_allclose(kl, 0.5, rtol=1e-5)

    @jax.jit
    def bound(key):
        return likelihood.log_likelihood(
            MODEL, one_off, batch, key, {}, samples=samples
        )

    keys = jax.random.split(jax.random.key(1), 2000)
    found = np.asarray(jax.lax.map(bound, keys)) + np.asarray(error)
    noise = float(found.std()) / found.size**0.5
    assert found.mean() == pytest.approx(gap(samples), abs=5 * noise)
    # Errors of sign, or of log k, are far beyond the noise.
    assert 5 * noise < 0.04
    assert gap(1) == pytest.approx(-0.5)
    assert -0.35 < gap(2) < -0.2


@pytest.mark.parametrize("blocks", [(7,), (20, 20, 5), (20, 20, 20)])
def test_as_many_draws_as_asked_are_used(params, batch, blocks, monkeypatch):
    used, bound = [], variational.importance_bound

    def noted(weights):
        used.append(np.asarray(weights))
        return bound(weights)

    monkeypatch.setattr(variational, "importance_bound", noted)
    key, samples = jax.random.key(2), sum(blocks)
    found = likelihood.log_likelihood(MODEL, params, batch, key, {}, samples=samples)
    assert used[0].shape == (samples, 12)
    assert len(np.unique(used[0][:, 0])) == samples
    direct = [
        log_weights(MODEL, params, batch, one, {}, samples=size)
        for one, size in zip(jax.random.split(key, len(blocks)), blocks, strict=True)
    ]
    means = np.exp(np.concatenate(direct).astype(np.float64)).mean(0)
    np.testing.assert_allclose(found, np.log(means), rtol=1e-5)


def test_active_units_are_those_whose_mean_varies():
    means = jnp.array([[0.0, 0.05, 3.0], [0.0, -0.05, 1.0], [0.0, 0.0, 2.0]])
    assert int(likelihood.active_units(means)) == 1
    assert int(likelihood.active_units(means, threshold=1e-4)) == 2


def test_images_are_binary_and_always_the_same(batch):
    found = likelihood.binarized_once(batch["image"])
    assert set(np.unique(found)) == {0.0, 1.0}
    np.testing.assert_array_equal(found, likelihood.binarized_once(batch["image"]))


def test_black_and_white_pixels_stay_as_they_are():
    images = jnp.array([0, 255], jnp.uint8).reshape(2, 1, 1, 1)
    assert likelihood.binarized_once(images).ravel().tolist() == [0.0, 1.0]


def test_the_estimate_of_all_images_is_right_in_every_batch(
    one_off, batch, monkeypatch
):
    monkeypatch.setattr(likelihood, "IMAGES_AT_ONCE", 5)
    error, _ = terms(MODEL, one_off, batch, jax.random.key(0), {})
    found = likelihood.estimate(MODEL, one_off, batch["image"], 3, samples=2000)
    # Weights are log-normal: the standard error is 0.03.
    np.testing.assert_allclose(found["log_likelihood"], -error, atol=0.15)
    assert len(np.unique(found["log_likelihood"] + error)) > 1
    assert int(found["active_units"]) == 0
