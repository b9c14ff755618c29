"""Models of unmixing: parts are images; consistent ones have the mixture as mean."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax.models import UNet, code_unmixer
from aejax.models.separation import separated

SHAPE = (8, 8, 3)
SMALL = {"width": 2, "depth": 1, "method": "native"}


def build(name, **types):
    """A small model of this name; its convolutions are quickly compiled."""
    own = {"consistent": "consistent" in name, **SMALL, **types}
    if "unet" in name:
        return UNet(SHAPE, **own)
    return code_unmixer(3, 5, SHAPE, variational="vae" in name, **own)


NAMES = ("unet", "consistent unet", "autoencoder", "consistent vae")


@pytest.fixture(scope="module")
def pairs():
    """Pairs of images, [n, 2, h, w, c] in [0, 1]; many pixels are 0 or 1."""
    random = np.random.default_rng(0)
    return jnp.asarray(np.clip(random.normal(0.5, 0.6, (5, 2, *SHAPE)), 0, 1), "f4")


@pytest.fixture(scope="module", params=NAMES)
def case(request, pairs, random_parameters):
    """A name, its model, parameters, mixtures, and what the model makes of them."""
    model, mixtures = build(request.param), pairs.mean(1)
    params = random_parameters(model)
    return (
        request.param,
        model,
        params,
        mixtures,
        jax.jit(model.apply)(params, mixtures),
    )


@pytest.mark.parametrize("scale", [0.0, 0.1, 1.0, 10.0, 1e30])
def test_consistent_parts_are_images_whose_mean_is_the_mixture(pairs, scale):
    mixtures = pairs.mean(1)
    output = scale * jax.random.normal(jax.random.key(0), mixtures.shape)
    parts = np.asarray(jax.jit(separated)([output], mixtures))
    assert parts.shape == pairs.shape
    assert 0 <= parts.min() <= parts.max() <= 1
    np.testing.assert_allclose(parts.mean(1), mixtures, rtol=3e-7)
    # What they have wrong is the difference, and both have it.
    errors = np.abs(parts - pairs)
    np.testing.assert_allclose(errors[:, 0], errors[:, 1], atol=3e-7)


def test_every_pair_of_images_can_be_predicted_from_its_mixture(x64):
    pairs = jax.random.uniform(jax.random.key(0), (9, 2, *SHAPE), jnp.float64)
    mixtures = pairs.mean(1)
    greatest = jnp.minimum(mixtures, 1 - mixtures)
    output = jnp.arctanh((pairs[:, 0] - pairs[:, 1]) / 2 / greatest)
    assert np.isfinite(output).all()
    np.testing.assert_allclose(separated([output], mixtures), pairs, atol=1e-12)


def test_two_outputs_are_two_images_whatever_the_mixture_is(pairs):
    outputs = jnp.log(pairs + 1e-6) - jnp.log(1 - pairs + 1e-6)
    parts = separated([outputs[:, 0], outputs[:, 1]], jnp.zeros((5, *SHAPE)))
    np.testing.assert_allclose(parts, pairs, atol=1e-5)


def test_every_model_gives_two_images_of_each_mixture(case, pairs):
    name, model, _, mixtures, parts = case
    parts = np.asarray(parts)
    assert parts.shape == pairs.shape
    assert 0 <= parts.min() <= parts.max() <= 1
    distance = np.abs(parts.mean(1) - mixtures).max()
    assert (distance < 1e-6) == model.consistent == ("consistent" in name)
    assert np.abs(parts[:, 0] - parts[:, 1]).max() > 1e-3
    assert model.image_shape == SHAPE
    assert model.variational == ("vae" in name)


def test_a_mixture_is_separated_without_regard_to_its_batch(case):
    _, model, params, mixtures, parts = case
    alone = jax.jit(model.apply)(params, mixtures[1:2])
    np.testing.assert_allclose(alone[0], parts[1], atol=1e-6)


def test_bytes_and_unit_floats_are_the_same_mixtures(case):
    _, model, params, *_ = case
    shown = np.random.default_rng(0).integers(0, 256, (2, *SHAPE), np.uint8)
    shown, floats = jnp.asarray(shown), jnp.asarray(shown / np.float32(255))
    apply = jax.jit(model.apply)
    np.testing.assert_allclose(apply(params, shown), apply(params, floats), atol=1e-6)


def test_a_shorter_type_of_the_computation_keeps_parts_consistent(case):
    name, model, params, mixtures, expected = case
    short = build(name, dtype=jnp.bfloat16)
    look = jax.jit(partial(short.apply, capture_intermediates=True))
    parts, seen = look(params, mixtures)
    inner = {n: a for n, a in seen["intermediates"].items() if n != "__call__"}
    assert {a.dtype for a in jax.tree.leaves(inner)} == {jnp.dtype(jnp.bfloat16)}
    assert parts.dtype == jnp.float32
    np.testing.assert_allclose(parts, expected, atol=0.05)
    if model.consistent:
        np.testing.assert_allclose(parts.mean(1), mixtures, rtol=3e-7)


@pytest.mark.parametrize("name", NAMES)
def test_other_images_are_refused_with_the_way_out(name):
    model, way = build(name), r"takes images \[n, 8, 8, 3\].*image_shape="
    for shape in ((1, 9, 8, 3), (1, 8, 8, 1), (8, 8, 3)):
        with pytest.raises(ValueError, match=way):
            jax.eval_shape(model.init, jax.random.key(0), jnp.zeros(shape))
