"""The benchmark's U-Nets: aejax, plain Flax and PyTorch train one network alike."""

import math
import re
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import traverse_util

from aejax.models import UNet
from experiments._benchmark import flax_unet, flops, jax_sides
from experiments._benchmark.cases import MODELS

WIDTH, DEPTH, SHAPE = 3, 2, (16, 16, 3)


@pytest.fixture(scope="module")
def ours(random_parameters):
    """The library's U-Net, and its parameters as NumPy has them."""
    model = UNet(SHAPE, WIDTH, DEPTH, method="native")
    return model, jax.tree.map(np.array, random_parameters(model))


@pytest.fixture(scope="module")
def pairs():
    random = np.random.default_rng(1)
    return random.integers(0, 256, (4, 2, *SHAPE), np.uint8)


def concatenated(params):
    """By name in the library, kernels and biases; W1 above W2 where they were two."""
    own = {name: dict(leaves) for name, leaves in params["params"].items()}
    for name in [name for name in own if name.endswith("_skip")]:
        first = own[name.replace("_skip", "_conv_0")]
        below = own.pop(name)["kernel"]
        first["kernel"] = np.concatenate([first["kernel"], below], 2)
    return own


def by_layer(params):
    """By name in the other two: "encoder_0/conv_1", "first/level_0/conv_1" ..."""
    found = {}
    for name, leaves in concatenated(params).items():
        name = re.sub(r"(encoder_\d)_", r"\1/", name)
        name = re.sub(r"(first|second)_(\d)_up", r"\1/up_\2", name)
        name = re.sub(r"(first|second)_(\d)_", r"\1/level_\2/", name)
        name = re.sub(r"(first|second)_pixels", r"\1/pixels", name)
        found[name] = leaves
    return found


def test_plain_flax_separates_as_aejax_does(ours, pairs):
    model, params = ours
    plain = flax_unet.PlainUNet(WIDTH, DEPTH)
    theirs = {"params": traverse_util.unflatten_dict(by_layer(params), sep="/")}
    mixtures = pairs.astype(np.float32).mean(1) / 255
    like = jax.eval_shape(plain.init, jax.random.key(0), mixtures)
    assert jax.tree.map(jnp.shape, theirs) == jax.tree.map(jnp.shape, like)
    found = jax.jit(plain.apply)(theirs, mixtures)
    expected = jax.jit(model.apply)(params, mixtures)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.std(expected) > 0.05


@pytest.fixture
def theirs(ours):
    """PyTorch's U-Net with the library's parameters."""
    torch = pytest.importorskip("torch")
    from experiments._benchmark import torch_unet

    network = torch_unet.UNet(WIDTH, DEPTH)
    for name, leaves in by_layer(ours[1]).items():
        layer = network.get_submodule(in_pytorch(name))
        kernel = torch.from_numpy(leaves["kernel"])
        if "up" in name:
            # [in, out, rows, cols], taps counted forwards.
            kernel = kernel.flip(0, 1).permute(2, 3, 0, 1)
        else:
            kernel = kernel.permute(3, 2, 0, 1)
        with torch.no_grad():
            layer.weight.copy_(kernel)
            layer.bias.copy_(torch.from_numpy(leaves["bias"]))
    return network


def in_pytorch(name):
    name = re.sub(r"encoder_(\d)", r"encoder.\1", name)
    name = re.sub(r"up_(\d)", r"ups.\1", name)
    return re.sub(r"level_(\d)", r"levels.\1", name).replace("/", ".")


def test_pytorch_separates_as_aejax_does(ours, theirs, pairs):
    import torch

    model, params = ours
    mixtures = pairs.astype(np.float32).mean(1) / 255
    with torch.no_grad():
        found = theirs(torch.from_numpy(mixtures).movedim(-1, -3))
    expected = jax.jit(model.apply)(params, mixtures)
    np.testing.assert_allclose(found.movedim(-3, -1), expected, atol=1e-5)


def test_pytorch_minimises_what_aejax_does_and_by_the_same_gradient(
    ours, theirs, pairs
):
    import torch

    from experiments._benchmark.torch_unet import squared_errors

    model, params = ours
    value = squared_errors(theirs, torch.from_numpy(pairs).movedim(-1, -3))
    value.backward()
    loss = partial(jax_sides.squared_errors, model)
    expected, gradient = jax.jit(jax.value_and_grad(loss))(params, pairs)
    assert value.item() == pytest.approx(float(expected), rel=1e-5)
    for name, leaves in by_layer(jax.tree.map(np.asarray, gradient)).items():
        found = theirs.get_submodule(in_pytorch(name)).bias.grad
        scale = np.abs(leaves["bias"]).max()
        np.testing.assert_allclose(found, leaves["bias"], atol=1e-4 * scale)


def test_flops_follow_from_the_parameters():
    # A kernel of level i is applied to each of its pixels, one between levels to
    # those of the coarser level.
    model, multiplications = MODELS["unet"], 0
    example = jnp.zeros((1, *model.image_shape))
    tree = jax.eval_shape(jax_sides.network("unet").init, jax.random.key(0), example)[
        "params"
    ]
    for name, leaves in tree.items():
        level = int(name.split("_")[1]) if "pixels" not in name else 0
        side = 32 >> (level + name.endswith("up"))
        multiplications += math.prod(leaves["kernel"].shape) * side**2
    first = 32 * 32 * 9 * 3 * model.width
    assert flops.step("unet") == model.batch * 2 * (3 * multiplications - first)
    assert flops.unet(32) / 1e10 == pytest.approx(5.95, abs=0.005)
