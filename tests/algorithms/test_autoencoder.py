"""Autoencoders: what is minimised, what is recorded, and the one-cycle schedule."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import algorithms
from aejax.algorithms.autoencoder import (
    all_errors,
    of_several_errors,
    squared_errors,
)
from aejax.algorithms.schedules import one_cycle_adam, staged
from aejax.data import augment
from aejax.losses import reconstruction
from aejax.models import Autoencoder

MODEL = Autoencoder(3, width=2, depth=1)
HPARAMS = {"learning_rate": jnp.float32(1e-3), "step": jnp.int32(0)}


@pytest.fixture(scope="module")
def params(digits):
    return jax.jit(MODEL.init)(jax.random.key(0), digits[:1])


@pytest.fixture(scope="module")
def errors(params, digits):
    """Squared error per pixel of every digit, in NumPy and float64."""
    target = np.asarray(digits) / 255
    logits = np.asarray(jax.jit(MODEL.apply)(params, digits), np.float64)
    return np.square(1 / (1 + np.exp(-logits)) - target).mean((1, 2, 3))


def loss_of(algorithm, params, batch, key=0):
    """The loss that a step from these parameters records."""
    state = jax.jit(algorithm.init)(jax.random.key(0), batch, HPARAMS)
    state = {**state, "params": params}
    step = jax.jit(algorithm.step)
    _, metrics = step(state, batch, jax.random.key(key), HPARAMS)
    return float(metrics["loss"])


@pytest.mark.usefixtures("standard_promotion")
class TestAutoencoder:
    def test_loss_and_evaluation_are_the_mean_error_per_pixel(
        self, params, digits, errors
    ):
        algorithm = algorithms.autoencoder(MODEL, steps=10)
        batch = {"image": digits}
        found = loss_of(algorithm, params, batch)
        np.testing.assert_allclose(found, errors.mean(), rtol=1e-5)
        seen = jax.jit(algorithm.evaluate)(params, batch, HPARAMS)
        assert set(seen) == {"test_mse"}
        np.testing.assert_allclose(seen["test_mse"], errors.mean(), rtol=1e-5)
        each = jax.jit(partial(squared_errors, MODEL))(params, digits)
        np.testing.assert_allclose(each, errors, rtol=1e-5)

    def test_each_member_minimises_its_own_of_several_errors(self, params, digits):
        choices = (reconstruction.squared_error, reconstruction.bernoulli)
        several = of_several_errors(MODEL, choices, steps=10)
        step, batch = jax.jit(several.step), {"image": digits}
        for i, error in enumerate(choices):
            alone = algorithms.autoencoder(MODEL, steps=10, error=error)
            state = jax.jit(alone.init)(jax.random.key(0), batch, HPARAMS)
            state, key = {**state, "params": params}, jax.random.key(1)
            own = step(state, batch, key, HPARAMS | {"error": jnp.float32(i)})
            wanted = jax.jit(alone.step)(state, batch, key, HPARAMS)
            same = partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-7)
            jax.tree.map(same, own[0]["params"], wanted[0]["params"])
            same(own[1]["loss"], wanted[1]["loss"])

    def test_another_error_is_minimised_and_the_same_recorded(self, params, digits):
        likelihood = reconstruction.bernoulli
        algorithm = algorithms.autoencoder(MODEL, steps=10, error=likelihood)
        errors_of = jax.jit(partial(all_errors, MODEL, error=likelihood))
        expected = errors_of(params, digits).mean()
        found = loss_of(algorithm, params, {"image": digits})
        np.testing.assert_allclose(found, expected, rtol=1e-5)
        seen = jax.jit(algorithm.evaluate)(params, {"image": digits}, HPARAMS)
        assert set(seen) == {"test_mse"}

    def test_shifted_images_are_reconstructed_as_they_are_shown(self, params, digits):
        still = algorithms.autoencoder(MODEL, steps=10)
        moved = algorithms.autoencoder(MODEL, steps=10, shift=2)
        batch = {"image": digits[:8]}
        losses = {loss_of(moved, params, batch, key) for key in range(3)}
        assert len({*losses, loss_of(still, params, batch)}) == 4
        key = jax.random.key(1)
        seen = jax.jit(augment.shift, static_argnums=2)(key, digits[:8], 2)
        expected = loss_of(still, params, {"image": seen})
        np.testing.assert_allclose(
            loss_of(moved, params, batch, 1), expected, rtol=1e-6
        )


def rates(optimizer, steps):
    """Under a constant gradient each of Adam's steps is the learning rate."""
    params, taken = {"w": jnp.zeros(())}, []
    state = optimizer.init(params)
    update = jax.jit(optimizer.update)
    for _ in range(steps):
        updates, state = update({"w": jnp.ones(())}, state, params)
        taken.append(-float(updates["w"]))
    return taken


@pytest.mark.usefixtures("standard_promotion")
class TestSchedules:
    @pytest.mark.parametrize("steps", [1, 2, 3, 10, 100])
    def test_the_learning_rate_is_one_cycle_up_to_its_peak(self, steps):
        optimizer = one_cycle_adam(steps)({"learning_rate": jnp.float32(0.5)})
        taken = rates(optimizer, steps)
        peak = int(np.argmax(taken))
        assert peak == int(0.3 * steps)
        np.testing.assert_allclose(taken[peak], 0.5, rtol=1e-3)
        assert sorted(taken[:peak]) == taken[:peak]
        assert sorted(taken[peak:], reverse=True) == taken[peak:]
        assert steps == 1 or taken[-1] < 0.4

    def test_the_staged_rates_are_the_paper_s(self):
        """Burda et al. 2016: 3^i epochs at 0.001 * 10^(-i/7), i from 0 to 7."""
        schedule = staged(3280)
        expected = np.concatenate([np.full(3**i, 10 ** (-i / 7)) for i in range(8)])
        found = jax.vmap(schedule)(jnp.arange(3280))
        np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.usefixtures("standard_promotion")
class TestOthers:
    def test_denoising_without_distortion_is_an_autoencoder(self, params, digits):
        batch = {"image": digits[:16]}
        plain = loss_of(algorithms.autoencoder(MODEL, steps=10), params, batch)
        algorithm = algorithms.denoising(MODEL, steps=10)
        step, found = jax.jit(algorithm.step), {}
        begin = jax.jit(algorithm.init)
        for strength in (0.0, 1.0):
            hparams = {**HPARAMS, "distortion": jnp.float32(strength)}
            state = begin(jax.random.key(0), batch, hparams)
            state = {**state, "params": params}
            _, metrics = step(state, batch, jax.random.key(1), hparams)
            found[strength] = float(metrics["loss"])
        np.testing.assert_allclose(found[0.0], plain, rtol=1e-3)
        assert abs(found[1.0] / found[0.0] - 1) > 1e-3

    def test_a_classifier_records_fractions(self, digits):
        import flax.linen as nn

        class Constant(nn.Module):
            """Always class 3."""

            @nn.compact
            def __call__(self, shown):
                bias = self.param("bias", nn.initializers.zeros_init(), (10,))
                return bias[None] + 9.0 * jax.nn.one_hot(jnp.full(len(shown), 3), 10)

        labels = jnp.asarray([3, 3, 3, 1, 2, 0, 3, 5])
        batch = {"image": digits[:8], "label": labels}
        algorithm = algorithms.classifier(Constant(), steps=10)
        state = algorithm.init(jax.random.key(0), batch, HPARAMS)
        _, metrics = algorithm.step(state, batch, jax.random.key(0), HPARAMS)
        assert float(metrics["accuracy"]) == 0.5
        expected = -np.log([np.e**9, 1.0]) + np.log(np.e**9 + 9)
        np.testing.assert_allclose(metrics["loss"], expected.mean(), rtol=1e-5)
        seen = algorithm.evaluate(state["params"], batch, HPARAMS)
        assert float(seen["test_accuracy"]) == 0.5
