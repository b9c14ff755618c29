"""Reconstruction errors against SciPy and by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from aejax.losses import reconstruction


def test_bernoulli_is_minus_the_log_of_the_probability(x64):
    random = np.random.default_rng(0)
    logits = random.normal(size=(2, 4, 4, 1))
    target = random.uniform(size=logits.shape)
    p = 1 / (1 + np.exp(-logits))
    expected = -(target * np.log(p) + (1 - target) * np.log1p(-p)).sum((1, 2, 3))
    found = reconstruction.bernoulli(jnp.asarray(logits), jnp.asarray(target))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_errors_of_extreme_logits_are_finite():
    logits = jnp.array([-1e4, 1e4, -100.0, 100.0]).reshape(1, 2, 2, 1)
    target = jnp.array([1.0, 0.0, 0.0, 1.0]).reshape(1, 2, 2, 1)
    for error in (reconstruction.bernoulli, reconstruction.squared_error):
        value, gradient = jax.value_and_grad(lambda x, e=error: e(x, target).sum())(
            logits
        )
        assert np.isfinite(value)
        assert np.isfinite(gradient).all()
    np.testing.assert_allclose(reconstruction.bernoulli(logits, target), [2e4])


def test_gaussian_likelihood_against_scipy(x64):
    random = np.random.default_rng(4)
    logits, target = random.normal(size=(2, 3, 4, 4, 1))
    expected = -stats.norm.logpdf(target, 1 / (1 + np.exp(-logits)), 0.3)
    found = reconstruction.gaussian(jnp.asarray(logits), jnp.asarray(target), 0.3)
    np.testing.assert_allclose(found, expected.sum((1, 2, 3)))


def test_gradients_of_the_bernoulli_likelihood_are_sigmoid_minus_pixel(x64):
    random = np.random.default_rng(6)
    logits = jnp.asarray(random.normal(size=(2, 3, 3, 1)) * 5)
    target = jnp.asarray(random.uniform(size=logits.shape))
    found = jax.grad(lambda a: reconstruction.bernoulli(a, target).sum())(logits)
    np.testing.assert_allclose(found, jax.nn.sigmoid(logits) - target, rtol=1e-9)


def test_the_error_of_images_is_per_pixel_of_their_own_area():
    random = np.random.default_rng(7)
    shown = random.uniform(size=(3, 4, 5, 2)).astype(np.float32)
    target = random.integers(0, 256, (3, 4, 5, 2)).astype(np.uint8)
    found = reconstruction.pixel_mse(jnp.asarray(shown), jnp.asarray(target))
    expected = np.square(shown - target / np.float32(255)).mean((1, 2, 3))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_sums_over_pixels_are_sums():
    values = np.random.default_rng(8).normal(size=(2, 3, 4, 5, 2)).astype(np.float32)
    found = reconstruction.pixel_sum(jnp.asarray(values))
    np.testing.assert_allclose(found, values.sum((2, 3, 4)), rtol=1e-4, atol=1e-5)


def test_the_best_deviation_is_the_optimum_of_the_likelihood(x64):
    random = np.random.default_rng(0)
    logits = jnp.asarray(random.normal(size=(5, 4, 4, 3)))
    images = jnp.asarray(random.uniform(size=(5, 4, 4, 3)))
    best = reconstruction.best_deviation(logits, images)

    def total(deviation):
        return reconstruction.gaussian(logits, images, deviation).sum()

    assert abs(jax.grad(total)(best)) < 1e-9
    assert total(best) < min(total(0.9 * best), total(1.1 * best))
    exact = reconstruction.best_deviation(logits, jax.nn.sigmoid(logits))
    assert exact == pytest.approx(1 / 255)


def test_a_divergence_is_zero_of_the_image_itself(x64):
    images = jnp.asarray(np.random.default_rng(0).uniform(0.1, 0.9, (2, 3, 3, 1)))
    same = jnp.log(images / (1 - images))
    np.testing.assert_allclose(reconstruction.pixel_kl(same, images), 0, atol=1e-12)
    assert (reconstruction.pixel_kl(same + 1, images) > 0).all()
    error = reconstruction.squared(same, 0 * images)
    np.testing.assert_allclose(error, jnp.square(images).sum((1, 2, 3)))
