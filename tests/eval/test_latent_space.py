"""Of a linear autoencoder whose codes are known."""

import numpy as np
import pytest

from aejax.eval.latent_space import Reference, quality


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
