"""Of a linear autoencoder whose codes are known."""

import jax
import numpy as np
import pytest

from aejax import models
from aejax.eval.latent_space import Reference, decode, encode, of_vae, quality


@pytest.fixture(scope="module")
def reference():
    random = np.random.default_rng(0)
    codes = random.normal(size=(600, 2))
    images = np.pad(codes, [(0, 0), (0, 2)]).reshape(600, 2, 2, 1)
    labels = (codes[:, 0] > 0).astype(int)
    return Reference.of(images[:400], images[400:], labels[:400])


def linear(scale):
    def encode(images):
        code = scale * images.reshape(len(images), -1)[:, :2]
        return code, 0.1 + 0 * code

    def decode(codes):
        padded = np.pad(np.asarray(codes) / scale, [(0, 0), (0, 2)])
        return padded.reshape(-1, 2, 2, 1)

    return encode, decode


def test_codes_like_the_prior_leave_no_holes_and_are_generated_well(reference):
    found, images = quality(*linear(1.0), reference, noise=0.0)
    assert found["place"] < 0.2 and found["empty"] < 0.15 and found["spread"] == 0
    assert found["rebuilt"] < 1e-6 and found["prior"] < 0.1
    # A step in the space of codes is one in that of images.
    assert found["steep"] == pytest.approx(1, rel=0.1)
    np.testing.assert_allclose(images["rebuilt"], reference.test, atol=1e-6)


def test_codes_elsewhere_leave_holes_and_a_fitted_density_mends_the_samples(reference):
    found, _ = quality(*linear(20.0), reference)
    assert found["place"] > 10 and found["empty"] > 0.3
    assert found["fitted"] < 0.1 < found["prior"]
    assert found["clear_fitted"] > found["clear_prior"]
    assert found["spread"] == pytest.approx(0.005, rel=0.2)


def test_a_vae_is_measured_by_its_means_and_deviations():
    images = np.random.default_rng(0).uniform(size=(60, 2, 2, 1)).astype(np.float32)
    reference = Reference.of(images[:40], images[40:], np.arange(40) % 2)
    model = models.mlp_vae(2, (4,), (2, 2, 1))
    shown = reference.test[:3]
    params = model.init(jax.random.key(0), shown)
    mean, deviation = encode(model, params, shown)
    found = model.apply(params, shown, method="encode")
    np.testing.assert_allclose(mean, found.mean, rtol=1e-5)
    np.testing.assert_allclose(2 * np.log(deviation), found.log_variance, atol=1e-5)
    scalars, images = of_vae(model, params, reference, 0.0, 0)
    rebuilt = decode(model, params, encode(model, params, reference.test)[0])
    np.testing.assert_allclose(images["rebuilt"], rebuilt, rtol=1e-5)
    assert scalars["spread"] == 0
