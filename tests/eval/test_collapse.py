"""Coordinates that are used, where it is known which."""

import jax
import jax.numpy as jnp
import numpy as np

from aejax import models
from aejax.eval.collapse import linear_kl, needed, principal_variances
from aejax.eval.gaussian_vae import quality, read


def test_directions_of_less_variance_than_the_noise_collapse():
    found = linear_kl([np.e**2, 1.0, 0.25], 1.0)
    np.testing.assert_allclose(found, [1, 0, 0])
    np.testing.assert_allclose(linear_kl([1.0], 0.5), [np.log(2)])


def test_principal_variances_do_not_depend_on_the_axes():
    points = np.random.default_rng(0).normal(size=(50_000, 3)) * [1, 3, 0.5]
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))
    for images in (points, (points @ turn).reshape(-1, 1, 3)):
        found = principal_variances(images)
        np.testing.assert_allclose(found, [0.25, 1, 9], rtol=0.03)


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
    assert found["shown"].shape == images.shape
    assert found["lost"].shape == found["kl_each"].shape == (3,)
    assert float(found["sigma"]) == 0.5
    np.testing.assert_allclose(found["kl"], found["kl_each"].sum(), rtol=1e-5)


def test_what_was_read_is_measured():
    originals = np.random.default_rng(0).uniform(size=(3, 8, 8, 1))
    found = {
        "bound": 2.0,
        "sigma": 0.5,
        "shown": originals + 0.1,
        "kl_each": np.array([0.0, 0.3, 0.05]),
        "lost": np.array([0.0, 0.3, 0.2]),
    }
    measured = quality(found, originals)
    np.testing.assert_allclose(measured.pop("mse"), 0.01)
    # A shift of the mean is no detail.
    np.testing.assert_allclose(measured.pop("kept"), 1)
    assert measured == {"bound": 2, "sigma": 0.5, "active": 1, "used": 2}
