"""Coordinates that are used, where it is known which."""

import jax
import jax.numpy as jnp
import numpy as np

from aejax import models
from aejax.eval.collapse import linear_kl, needed
from aejax.eval.gaussian_vae import read


def test_directions_of_less_variance_than_the_noise_collapse():
    found = linear_kl([np.e**2, 1.0, 0.25], 1.0)
    np.testing.assert_allclose(found, [1, 0, 0])
    np.testing.assert_allclose(linear_kl([1.0], 0.5), [np.log(2)])


def test_a_coordinate_that_the_decoder_ignores_is_not_needed():
    """Images are twice the first coordinate; noise of variance 1 adds 2 · 4."""
    codes, noise = jax.random.normal(jax.random.key(0), (2, 20_000, 2))

    def decode(codes):
        return 2 * codes[:, :1, None, None]

    found = needed(decode, codes, noise, decode(codes))
    assert found[1] == 0
    np.testing.assert_allclose(found[0], 8, rtol=0.05)
    assert jnp.isfinite(found).all()


def test_a_vae_is_read():
    """Untrained, of three coordinates."""
    model = models.mlp_vae(3, (4,), (4, 4, 1))
    images = jax.random.uniform(jax.random.key(0), (5, 4, 4, 1))
    params = model.init(jax.random.key(1), images)
    found = read(model, params, {"image": images}, {"deviation": 0.5})
    assert found["shown"].shape == found["drawn"].shape == found["passed"].shape
    assert found["lost"].shape == found["kl_each"].shape == (3,)
    assert float(found["sigma"]) == 0.5
    np.testing.assert_allclose(found["kl"], found["kl_each"].sum(), rtol=1e-5)
