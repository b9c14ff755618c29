"""Shapes, ranges and conventions of the convolutional autoencoder."""

from functools import partial

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax.models import Autoencoder

KEY = jax.random.key(0)


@pytest.fixture
def digits():
    random = np.random.default_rng(0)
    return jnp.asarray(random.integers(0, 256, (3, 28, 28, 1)), jnp.uint8)


@pytest.fixture
def small():
    return Autoencoder(5, width=2)


def shapes(model, images):
    """Shapes of parameters, latents and logits, without computing them."""

    def run(images):
        params = model.init(KEY, images)
        latents = model.apply(params, images, method="encode")
        return params, latents, model.apply(params, images)

    return jax.tree.map(lambda a: a.shape, jax.eval_shape(run, images))


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 32, 3), (40, 25, 2)])
def test_any_depth_takes_and_gives_images_of_any_size(depth, shape):
    model = Autoencoder(7, shape, width=2, depth=depth)
    params, latents, logits = shapes(model, jnp.zeros((3, *shape)))
    assert latents == (3, 7)
    assert logits == (3, *shape)
    convolutions = [name for name in params["params"]["encoder"] if "conv" in name]
    assert len(convolutions) == depth


def test_the_reference_model_is_the_one_of_the_design():
    """3x3 stride 2, 1-32-64-128; dense; 4x4 stride 2, 128-64-32-1."""
    params, *_ = shapes(Autoencoder(10), jnp.zeros((1, 28, 28, 1)))
    encoder, decoder = (params["params"][half] for half in ("encoder", "decoder"))
    assert [encoder[f"conv_{i}"]["kernel"] for i in range(3)] == [
        (3, 3, 1, 32), (3, 3, 32, 64), (3, 3, 64, 128),
    ]  # fmt: skip
    assert encoder["latent"]["kernel"] == (4, 4, 128, 10)
    assert decoder["grid"]["kernel"] == (10, 4, 4, 128)
    assert [decoder[f"conv_{i}"]["kernel"] for i in (2, 1, 0)] == [
        (4, 4, 128, 64), (4, 4, 64, 32), (4, 4, 32, 1),
    ]  # fmt: skip


@pytest.mark.parametrize("layers", [0, 1, 2])
def test_dense_layers_stand_in_both_halves(layers):
    model = Autoencoder(7, width=2, fc_layers=layers, fc_width=6)
    params, *_ = shapes(model, jnp.zeros((1, 28, 28, 1)))
    for half in ("encoder", "decoder"):
        names = [name for name in params["params"][half] if name.startswith("fc")]
        assert len(names) == layers


def test_bytes_and_unit_floats_are_the_same_images(small, digits):
    """But for rounding: two programs, in which compilers may divide in other places."""
    params = jax.jit(small.init)(KEY, digits)
    np.testing.assert_allclose(
        jax.jit(small.apply)(params, digits),
        jax.jit(small.apply)(params, digits.astype(jnp.float32) / jnp.float32(255)),
        rtol=0,
        atol=1e-6,
    )


def test_the_parts_make_the_whole(small, digits):
    params = jax.jit(small.init)(KEY, digits)
    encode, decode, reconstruct = (
        jax.jit(partial(small.apply, method=method))
        for method in ("encode", "decode", "reconstruct")
    )
    images = decode(params, encode(params, digits))
    assert float(images.min()) >= 0
    assert float(images.max()) <= 1
    np.testing.assert_allclose(images, reconstruct(params, digits), atol=1e-6)
    np.testing.assert_allclose(
        images, nn.sigmoid(jax.jit(small.apply)(params, digits)), atol=1e-6
    )


def test_an_image_does_not_depend_on_its_batch(small, digits):
    params = jax.jit(small.init)(KEY, digits)
    whole = jax.jit(small.apply)(params, digits)
    alone = jax.jit(small.apply)(params, digits[1:2])
    np.testing.assert_allclose(alone[0], whole[1], atol=1e-6)


def test_gradients_reach_every_parameter(digits):
    model = Autoencoder(5, width=4)
    params = jax.jit(model.init)(KEY, digits)
    loss = jax.jit(lambda p: jnp.square(model.apply(p, digits)).mean())
    grads = jax.jit(jax.grad(loss))(params)
    assert all(float(jnp.abs(leaf).max()) > 0 for leaf in jax.tree.leaves(grads))


def test_other_images_are_refused_with_the_way_out(small):
    with pytest.raises(ValueError, match="image_shape="):
        small.init(KEY, jnp.zeros((1, 32, 32, 3)))
    with pytest.raises(ValueError, match="image_shape="):
        small.init(KEY, jnp.zeros((28, 28, 1)))
