"""The classifier is an encoder with a linear layer; the shipped one is good."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import pretrained
from aejax.algorithms import classifier
from aejax.data.tfds import bundled
from aejax.eval.batching import batched
from aejax.models import Classifier

SHIPPED = Path(__file__).parents[2] / "checkpoints" / "pretrained" / "judge_mnist"
MODEL = Classifier(features=5, classes=3, width=2, depth=2)


@pytest.fixture(scope="module")
def images():
    digits, _ = bundled.digits("test")
    return jnp.asarray(digits[:8, :, :, None])


@pytest.fixture(scope="module")
def params(images):
    return jax.jit(MODEL.init)(jax.random.key(1), images[:1])


def test_logits_are_linear_in_the_features(params, images):
    features = MODEL.apply(params, images, method="describe")
    assert features.shape == (8, 5)
    assert float(features.min()) >= 0
    head = params["params"]["head"]
    expected = np.asarray(features) @ np.asarray(head["kernel"]) + np.asarray(
        head["bias"]
    )
    np.testing.assert_allclose(MODEL.apply(params, images), expected, rtol=1e-5)


def test_loss_is_the_mean_negative_log_probability(params, images):
    batch = {"image": images, "label": jnp.arange(8) % 3}
    algorithm = classifier(MODEL, steps=10, shift=0)
    hparams = {"learning_rate": jnp.float32(1e-3), "step": jnp.int32(0)}
    state = jax.jit(algorithm.init)(jax.random.key(0), {"image": images[:1]}, hparams)
    state = {**state, "params": params}
    with jax.numpy_dtype_promotion("standard"):  # Optax's Adam needs it
        _, metrics = jax.jit(algorithm.step)(state, batch, jax.random.key(0), hparams)
    probabilities = np.asarray(jax.nn.softmax(MODEL.apply(params, images)))
    expected = -np.log(probabilities[np.arange(8), np.arange(8) % 3]).mean()
    np.testing.assert_allclose(metrics["loss"], expected, rtol=1e-5)
    correct = (probabilities.argmax(-1) == np.arange(8) % 3).mean()
    np.testing.assert_allclose(metrics["accuracy"], correct)
    held_out = jax.jit(algorithm.evaluate)(params, batch, hparams)
    np.testing.assert_allclose(held_out["test_accuracy"], correct)


def test_the_shipped_classifier_classifies_digits_that_it_was_trained_on():
    model, params = pretrained.load(SHIPPED)
    digits, labels = bundled.digits("test")
    program = jax.jit(lambda x: batched(lambda b: model.apply(params, b), x))
    found = program(jnp.asarray(digits[:, :, :, None])).argmax(-1)
    # A training accuracy, 99.4 % when it was shipped: these digits are cut from the
    # images it was trained on. On MNIST's own 10,000 test images it has 99.33 %.
    assert (np.asarray(found) == labels).mean() > 0.99
