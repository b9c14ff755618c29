"""A dense autoencoder: shapes, ranges, and padding to other sizes."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import pretrained
from aejax.models import MlpAutoencoder
from aejax.padding import verify_padding

KEY = jax.random.key(0)
IMAGES = jnp.asarray(np.random.default_rng(0).integers(0, 256, (3, 6, 5, 2)), jnp.uint8)
SHAPE = IMAGES.shape[1:]


@pytest.mark.parametrize("hidden", [(), (7,), (9, 4)])
def test_shapes_and_ranges(hidden):
    model = MlpAutoencoder(5, hidden, SHAPE)
    params = model.init(KEY, IMAGES)
    latents = model.apply(params, IMAGES, method="encode")
    logits = model.apply(params, IMAGES)
    shown = model.apply(params, latents, method="decode")
    assert latents.shape == (3, 5) and logits.shape == shown.shape == IMAGES.shape
    assert len(jax.tree.leaves(params)) == 4 * (len(hidden) + 1)
    rebuilt = model.apply(params, IMAGES, method="reconstruct")
    np.testing.assert_array_equal(shown, rebuilt)
    np.testing.assert_allclose(rebuilt, nn.sigmoid(logits), rtol=1e-6)


def test_a_relu_code_has_true_zeros():
    model = MlpAutoencoder(20, (8,), SHAPE, code_activation=nn.relu)
    latents = model.apply(model.init(KEY, IMAGES), IMAGES, method="encode")
    assert (latents >= 0).all() and (latents == 0).any() and (latents > 0).any()


@pytest.mark.parametrize("code_activation", [None, nn.relu])
def test_it_can_be_padded(code_activation):
    model = MlpAutoencoder(3, (4, 5), SHAPE, code_activation=code_activation)
    verify_padding(model, IMAGES.astype(jnp.float32) / 255)


def test_other_images_are_refused():
    with pytest.raises(ValueError, match="image_shape"):
        MlpAutoencoder(3).init(KEY, IMAGES)


def test_it_can_be_saved(tmp_path):
    model = MlpAutoencoder(3, (4,), SHAPE, code_activation=nn.relu)
    params = model.init(KEY, IMAGES)
    pretrained.save(tmp_path / "model", model, params)
    again, loaded = pretrained.load(tmp_path / "model")
    assert again == model
    jax.tree.map(np.testing.assert_array_equal, params, loaded)
