"""What autoencoders are trained on: pictures, errors, and the one-cycle schedule."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import images
from aejax.models import Autoencoder
from aejax.objectives import reconstruction
from aejax.recipes import autoencoding

MODEL = Autoencoder(3, width=2, depth=1)


@pytest.fixture(scope="module")
def params(digits):
    return jax.jit(MODEL.init)(jax.random.key(0), digits[:1])


@pytest.fixture(scope="module")
def errors(params, digits):
    """Squared error per pixel of every digit, in NumPy and float64."""
    target = np.asarray(digits) / 255
    logits = np.asarray(jax.jit(MODEL.apply)(params, digits), np.float64)
    return np.square(1 / (1 + np.exp(-logits)) - target).mean((1, 2, 3))


def test_every_byte_is_its_255th_part():
    pixels = jnp.arange(256, dtype=jnp.uint8)
    expected = np.arange(256, dtype=np.float32) / np.float32(255)
    np.testing.assert_allclose(images.unit(pixels), expected, rtol=2e-7)
    assert (images.unit(pixels)[0], images.unit(pixels)[-1]) == (0, 1)
    np.testing.assert_array_equal(images.unit(expected), expected)
    assert images.unit(pixels, jnp.bfloat16).dtype == jnp.bfloat16


@pytest.mark.parametrize("depth", [1, 3, 4, 5, 6])
def test_padded_sizes_can_be_halved(depth):
    for size in range(1, 70):
        padded = images.padded_size(size, depth)
        assert padded % 2**depth == 0
        assert size <= padded < size + 2 ** max(depth, 4)
    assert images.padded_size(28, 3) == 32


@pytest.mark.parametrize("shape", [(28, 28), (5, 8), (16, 16)])
def test_crop_undoes_pad(shape):
    pictures = jnp.ones((2, *shape, 3))
    padded = images.pad(pictures, 32, 16 if shape[1] <= 16 else 32)
    assert float(padded.sum()) == pictures.size
    np.testing.assert_array_equal(images.crop(padded, *shape), pictures)
    rows = np.flatnonzero(np.asarray(padded).any((0, 2, 3)))
    assert abs(rows[0] - (31 - rows[-1])) <= 1


def test_loss_and_evaluation_are_the_mean_error_per_pixel(params, digits, errors):
    batch = {"image": digits}
    loss, _ = autoencoding.loss(MODEL, params, batch, jax.random.key(0), {})
    seen = autoencoding.evaluate(MODEL, params, {}, batch)
    np.testing.assert_allclose(loss, errors.mean(), rtol=1e-5)
    np.testing.assert_allclose(seen["test_mse"], errors.mean(), rtol=1e-5)
    each = autoencoding.squared_errors(MODEL, params, digits)
    np.testing.assert_allclose(each, errors, rtol=1e-5)


def test_bernoulli_is_minus_the_log_of_the_probability(x64):
    random = np.random.default_rng(0)
    logits = random.normal(size=(2, 4, 4, 1))
    pictures = random.uniform(size=logits.shape)
    p = 1 / (1 + np.exp(-logits))
    expected = -(pictures * np.log(p) + (1 - pictures) * np.log1p(-p)).sum((1, 2, 3))
    found = reconstruction.bernoulli(jnp.asarray(logits), jnp.asarray(pictures))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_errors_of_extreme_logits_are_finite():
    logits = jnp.array([-1e4, 1e4, -100.0, 100.0]).reshape(1, 2, 2, 1)
    pictures = jnp.array([1.0, 0.0, 0.0, 1.0]).reshape(1, 2, 2, 1)
    for error in (reconstruction.bernoulli, reconstruction.squared_error):
        value, gradient = jax.value_and_grad(lambda x, e=error: e(x, pictures).sum())(
            logits
        )
        assert np.isfinite(value)
        assert np.isfinite(gradient).all()
    np.testing.assert_allclose(reconstruction.bernoulli(logits, pictures), [2e4])


@pytest.mark.parametrize("steps", [1, 2, 3, 10, 100])
def test_the_learning_rate_is_one_cycle_up_to_its_peak(steps):
    recipe = autoencoding.recipe(MODEL, steps=steps, batch_size=8)
    params = {"w": jnp.zeros(())}
    with jax.numpy_dtype_promotion("standard"):
        optimizer = recipe.optimizer({"learning_rate": jnp.float32(0.5)})
        state, taken = optimizer.init(params), []
        for _ in range(steps):
            # Under a constant gradient each of Adam's steps is the learning rate.
            updates, state = optimizer.update({"w": jnp.ones(())}, state, params)
            taken.append(-float(updates["w"]))
    peak = int(np.argmax(taken))
    assert peak == int(0.3 * steps)
    np.testing.assert_allclose(taken[peak], 0.5, rtol=1e-3)
    assert sorted(taken[:peak]) == taken[:peak]
    assert sorted(taken[peak:], reverse=True) == taken[peak:]
    assert steps == 1 or taken[-1] < 0.4
