"""Conv and ConvTranspose against nn.Conv and nn.ConvTranspose."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax.models.conv import Conv, ConvTranspose

PAIRS = {"down": (Conv, nn.Conv), "up": (ConvTranspose, nn.ConvTranspose)}
# kind, kernel, stride, size, channels, method
CASES = []
for _kind in PAIRS:
    CASES += [
        *((_kind, (k, k), (2, 2), (8, 6), (3, 2), "gemm") for k in (1, 2, 3, 4, 5)),
        *((_kind, (k, k), (1, 1), (5, 4), (3, 2), "auto") for k in (2, 3)),
        (_kind, (3, 4), (2, 2), (7, 5), (1, 4), "auto"),
        (_kind, (2, 5), (3, 1), (7, 6), (2, 3), "gemm"),
        (_kind, (4, 4), (2, 2), (1, 2), (2, 1), "gemm"),
        (_kind, (3, 3), (2, 2), (8, 4), (3, 2), "winograd"),
        (_kind, (3, 4), (2, 2), (4, 12), (1, 3), "winograd"),
        (_kind, (4, 4), (2, 2), (8, 4), (16, 17), "auto"),
        (_kind, (3, 3), (2, 2), (5, 4), (3, 2), "native"),
    ]


def build(case, dtype=jnp.float64, **kwargs):
    """Our module, Flax's, parameters of both and an image."""
    kind, kernel, strides, size, (c, o), method = case
    ours, flax = PAIRS[kind]
    one = ours(o, kernel, strides, method=method, param_dtype=dtype, **kwargs)
    two = flax(o, kernel, strides, padding="SAME", param_dtype=dtype, **kwargs)
    shapes = {"kernel": (*kernel, c, o), "bias": (o,)}
    rng = np.random.default_rng(0)
    params = {k: jnp.asarray(rng.normal(size=s), dtype) for k, s in shapes.items()}
    image = jnp.asarray(rng.normal(size=(2, *size, c)), dtype)
    return one, two, {"params": params}, image


def value_and_gradients(module):
    def loss(params, image):
        result = module.apply(params, image)
        return (jnp.sin(result) ** 2).sum(), result

    return jax.grad(loss, (0, 1), has_aux=True)


def assert_close(pair, tolerance):
    def close(x, y):
        np.testing.assert_allclose(x, y, tolerance, tolerance * np.abs(y).max())

    jax.tree.map(close, *pair)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_values_and_gradients_are_those_of_flax(case, x64):
    ours, flax, params, image = build(case)
    both = [value_and_gradients(m) for m in (ours, flax)]
    assert_close(jax.jit(lambda *a: [f(*a) for f in both])(params, image), 1e-12)


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize(("kernel", "method"), [(3, "gemm"), (4, "winograd")])
def test_float32(kind, kernel, method):
    case = (kind, (kernel, kernel), (2, 2), (8, 8), (8, 8), method)
    ours, flax, params, image = build(case, jnp.float32)
    both = [value_and_gradients(m) for m in (ours, flax)]
    pair = jax.jit(lambda *a: [f(*a) for f in both])(params, image)
    assert all(leaf.dtype == jnp.float32 for leaf in jax.tree.leaves(pair))
    assert_close(pair, 1e-4)


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("use_bias", [True, False])
def test_parameters_are_those_of_flax(kind, use_bias, x64):
    case = (kind, (3, 4), (2, 2), (8, 4), (3, 2), "auto")
    ours, flax, _, image = build(case, use_bias=use_bias)
    one, two = (m.init(jax.random.key(1), image) for m in (ours, flax))
    jax.tree.map(np.testing.assert_array_equal, one, two)
    assert_close((ours.apply(one, image), flax.apply(one, image)), 1e-12)


EXACT = [
    (kind, (k, k), (2, 2), (4, 4), (3, 2), method)
    for kind, k, method in [("down", 3, "gemm"), ("up", 4, "winograd")]
]


@pytest.mark.parametrize("case", EXACT, ids=str)
def test_jit_is_eager_and_vmap_is_a_loop(case, x64):
    ours, _, params, image = build(case)
    function = value_and_gradients(ours)
    scales = jnp.array([1.0, 2.0])
    batch = jax.tree.map(lambda a: jnp.stack([s * a for s in scales]), (params, image))
    eager = [function(*jax.tree.map(lambda a, i=i: a[i], batch)) for i in (0, 1)]
    loop = jax.tree.map(lambda *parts: jnp.stack(parts), *eager)
    assert_close((jax.jit(jax.vmap(function))(*batch), loop), 1e-12)
    assert_close((jax.lax.map(lambda both: function(*both), batch), loop), 1e-12)


@pytest.mark.parametrize("case", EXACT, ids=str)
def test_gradients_of_gradients(case, x64):
    ours, flax, params, image = build(case)

    def roughness(module):
        def size(params, image):
            grads, _ = value_and_gradients(module)(params, image)
            return sum((g**2).sum() for g in jax.tree.leaves(grads))

        return jax.grad(size, (0, 1))

    both = [roughness(m) for m in (ours, flax)]
    assert_close(jax.jit(lambda *a: [f(*a) for f in both])(params, image), 1e-11)


@pytest.mark.parametrize("method", ["gemm", "winograd"])
def test_padded_channels_get_exactly_zero_gradients(method):
    down, _, first, image = build(
        ("down", (4, 4), (2, 2), (8, 8), (3, 6), method), "f4"
    )
    up, _, second, _ = build(("up", (4, 4), (2, 2), (4, 4), (6, 3), method), "f4")
    live = jnp.where(jnp.arange(6) < 4, 1.0, 0.0)
    first = {
        "params": {
            "kernel": first["params"]["kernel"] * live.reshape(1, 1, 1, 6),
            "bias": first["params"]["bias"] * live,
        }
    }
    second["params"]["kernel"] *= live.reshape(1, 1, 6, 1)

    def loss(first, second):
        return (up.apply(second, nn.relu(down.apply(first, image))) ** 2).sum()

    one, two = jax.jit(jax.grad(loss, (0, 1)))(first, second)
    assert not np.any(one["params"]["kernel"][..., 4:])
    assert not np.any(one["params"]["bias"][4:])
    assert not np.any(two["params"]["kernel"][:, :, 4:])
    assert np.all(np.any(one["params"]["kernel"][..., :4], (0, 1, 2)))


def test_second_call_does_not_compile(compilations):
    ours, _, params, image = build(EXACT[1], jnp.float32)
    step = jax.jit(value_and_gradients(ours))
    other = image + 1
    step(params, image)
    before = len(compilations)
    step(params, other)
    assert len(compilations) == before > 0


@pytest.mark.parametrize("module", [Conv, ConvTranspose])
@pytest.mark.parametrize(
    ("kwargs", "shape", "message"),
    [
        ({}, (8, 8, 3), r"takes images \[n, h, w, c\].*\(8, 8, 3\).*jax.vmap"),
        ({}, (2, 2, 8, 8, 3), "takes images"),
        ({"strides": (2,)}, (1, 8, 8, 3), "strides=.*pair of positive numbers"),
        ({"kernel_size": (0, 3)}, (1, 8, 8, 3), "kernel_size=.*pair of positive"),
        ({"method": "fft"}, (1, 8, 8, 3), "method='fft' is not one of"),
        (
            {"method": "winograd", "strides": (1, 1)},
            (1, 8, 8, 3),
            "needs stride 2.*use method='auto'",
        ),
    ],
)
def test_errors_say_the_way_out(module, kwargs, shape, message):
    with pytest.raises(ValueError, match=message):
        module(4, **kwargs).init(jax.random.key(0), jnp.zeros(shape))
