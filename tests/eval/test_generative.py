"""What VAEs and plain autoencoders are measured by as models of images."""

import jax
import jax.numpy as jnp
import pytest

from aejax import models
from aejax.eval import generative
from aejax.losses import reconstruction

SHAPE = (4, 4, 1)
COUNTS = {"train": 30, "validation": 7, "test": 20}

# It compiles for tens of seconds.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def setting():
    model = models.mlp_vae(3, (5,), SHAPE)
    judge = models.Classifier(classes=4, image_shape=SHAPE)
    data = {
        name: {
            "image": jax.random.uniform(jax.random.key(n), (n, *SHAPE)),
            "label": jnp.zeros(n, int),
        }
        for name, n in COUNTS.items()
    }
    example = data["test"]["image"][:1]
    data |= {"shown": data["test"]["image"][:2]}
    data |= {"classifier": judge.init(jax.random.key(1), example)}
    return judge, model, model.init(jax.random.key(0), example), data


def test_a_vae_has_terms_of_all_splits_and_samples(setting):
    judge, model, params, data = setting
    own = {"seed": jnp.uint32(0)}
    found = generative.of_vae(judge, 20, model, params, data, own)
    assert found["features"].shape[0] == COUNTS["test"]
    assert found["samples"].shape == (generative.KEPT, *SHAPE)
    numbers = generative.scalars(found)
    for split in COUNTS:
        parts = (numbers[f"{split}_{part}"] for part in ("reconstruction", "kl"))
        assert numbers[f"{split}_loss"] == sum(parts)
    assert numbers["gap"] == numbers["test_loss"] - numbers["train_loss"]
    # The bound with many samples is above the one with a single sample.
    assert numbers["log_likelihood"] > -numbers["test_loss"]


def test_an_autoencoder_is_measured_by_its_mean_codes(setting):
    _, model, params, data = setting
    found = generative.of_autoencoder(model, params, data, {})
    assert found["train_codes"].shape == (COUNTS["train"], 3)
    images = data["test"]["image"]
    numbers = generative.scalars(found)
    error = reconstruction.bernoulli(model.apply(params, images), images).mean()
    assert numbers["test_loss"] == pytest.approx(float(error), rel=1e-5)
    assert numbers["test_kl"] == 0
    assert "log_likelihood" not in numbers
