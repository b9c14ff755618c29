"""What every model has: types, ways to compute convolutions, a check of its images."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import models
from aejax.models import Autoencoder, Classifier, Head, conv_vae, mlp_vae

# It compiles for tens of seconds.
pytestmark = pytest.mark.slow

SHAPE = (8, 8, 1)
SMALL = {"image_shape": SHAPE, "width": 2, "depth": 2}
IMAGES = jnp.asarray(np.random.default_rng(0).integers(0, 256, (3, *SHAPE)), jnp.uint8)
CODES = jnp.asarray(np.random.default_rng(1).normal(size=(3, 4)), jnp.float32)
METHODS = ("native", "gemm_autodiff")


def build(kind, **types):
    """A small model of this kind, and what it takes."""
    match kind:
        case "autoencoder":
            return Autoencoder(3, **SMALL, fc_layers=1, **types), IMAGES
        case "native":
            return Autoencoder(3, **SMALL, method="native", **types), IMAGES
        case "classifier":
            return Classifier(4, 3, **SMALL, **types), IMAGES
        case "head":
            return Head(3, 5, **types), CODES
        case "conv_vae":
            return conv_vae(2, 5, **SMALL, classes=3, categories=2, **types), IMAGES
        case "mlp_vae":
            own = {"classes": 3, "condition_encoder": True, "projection": 2}
            return mlp_vae(2, (5,), SHAPE, **own, **types), IMAGES


KINDS = ("autoencoder", "native", "classifier", "head", "conv_vae", "mlp_vae")


@pytest.mark.parametrize("kind", KINDS)
def test_dtype_is_of_the_computation_and_param_dtype_of_parameters(kind):
    model, example = build(kind, dtype=jnp.bfloat16)
    params = jax.jit(model.init)(jax.random.key(0), example)
    assert {a.dtype for a in jax.tree.leaves(params)} == {jnp.dtype(jnp.float32)}

    def loss(params):
        result = model.apply(params, example)
        return jnp.square(result.astype(jnp.float32)).mean(), result

    gradient, result = jax.jit(jax.grad(loss, has_aux=True))(params)
    assert result.dtype == jnp.bfloat16
    assert {a.dtype for a in jax.tree.leaves(gradient)} == {jnp.dtype(jnp.float32)}
    expected = jax.jit(build(kind)[0].apply)(params, example)
    assert expected.dtype == jnp.float32
    np.testing.assert_allclose(result.astype(jnp.float32), expected, atol=0.05)
    example = example.astype(jnp.bfloat16) if kind == "head" else example
    init = jax.jit(build(kind, param_dtype=jnp.bfloat16)[0].init)
    stored = init(jax.random.key(0), example)
    assert {a.dtype for a in jax.tree.leaves(stored)} == {jnp.dtype(jnp.bfloat16)}


def test_activations_have_the_type_of_the_computation():
    model, _ = build("autoencoder", dtype=jnp.bfloat16)
    params = jax.jit(model.init)(jax.random.key(0), IMAGES)
    look = partial(model.apply, capture_intermediates=True)
    _, seen = jax.jit(look)(params, IMAGES)
    assert {a.dtype for a in jax.tree.leaves(seen)} == {jnp.dtype(jnp.bfloat16)}


def coders(kind, method):
    """An image, `encode` and `decode` of a model with random parameters."""
    model = {
        "autoencoder": lambda: Autoencoder(
            3, **SMALL, activation=jnp.tanh, method=method, param_dtype=jnp.float64
        ),
        "conv_vae": lambda: conv_vae(
            3, 4, **SMALL, activation=jnp.tanh, method=method, param_dtype=jnp.float64
        ),
    }[kind]()
    image = IMAGES[:1].astype(jnp.float64) / 255
    params = jax.jit(model.init)(jax.random.key(0), image)

    def encode(image):
        found = model.apply(params, image, method="encode")
        return found if kind == "autoencoder" else found.mean

    decode = partial(model.apply, params, method="decode")
    return image, jax.jit(encode), jax.jit(decode)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["autoencoder", "conv_vae"])
def test_forward_mode_is_reverse_mode(x64, kind, method):
    image, encode, decode = coders(kind, method)
    code = encode(image)
    for function, at in ((encode, image), (decode, code)):
        forward, reverse = jax.jit(
            lambda x, f=function: (jax.jacfwd(f)(x), jax.jacrev(f)(x))
        )(at)
        np.testing.assert_allclose(forward, reverse, atol=1e-12)
        direction = jnp.ones_like(at)
        _, slope = jax.jvp(function, (at,), (direction,))
        ahead, behind = (function(at + e * direction) for e in (1e-6, -1e-6))
        np.testing.assert_allclose(slope, (ahead - behind) / 2e-6, atol=1e-7)
        assert np.abs(slope).max() > 1e-3


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["autoencoder", "conv_vae"])
def test_hessians(x64, kind, method):
    image, encode, decode = coders(kind, method)
    code = encode(image)
    for function, at in ((encode, image), (decode, code)):

        def size(x, f=function):
            return jnp.square(f(x)).sum()

        found = jax.jit(jax.hessian(size))(at)
        expected = jax.jit(jax.jacrev(jax.jacrev(size)))(at)
        np.testing.assert_allclose(found, expected, atol=1e-11)


@pytest.mark.parametrize("kind", ["autoencoder", "conv_vae"])
def test_methods_compute_the_same(x64, kind):
    outputs = []
    for method in ("auto", "gemm", "winograd", *METHODS):
        image, encode, decode = coders(kind, method)
        outputs.append(decode(encode(image)))
    for output in outputs[1:]:
        np.testing.assert_allclose(output, outputs[0], atol=1e-12)


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "head"])
@pytest.mark.parametrize("shape", [(1, 9, 8, 1), (1, 8, 8, 3), (8, 8, 1)])
def test_other_images_are_refused_with_the_way_out(kind, shape):
    model, _ = build(kind)
    with pytest.raises(ValueError, match=r"takes images \[n, 8, 8, 1\].*image_shape="):
        jax.eval_shape(model.init, jax.random.key(0), jnp.zeros(shape))


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match="method='fft' is not one of"):
        Autoencoder(3, **SMALL, method="fft").init(jax.random.key(0), IMAGES)


def test_what_is_exported_is_there():
    assert all(hasattr(models, name) for name in models.__all__)
