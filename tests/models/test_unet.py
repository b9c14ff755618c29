"""The U-Net is the published one; its skips are skips; it starts healthily."""

from functools import partial

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax.models import UNet

SHAPE = (16, 16, 3)


@pytest.fixture(scope="module")
def mixtures():
    return jax.random.uniform(jax.random.key(0), (3, *SHAPE))


def shapes(model):
    example = jnp.zeros((1, *model.image_shape))
    return jax.eval_shape(model.init, jax.random.key(0), example)["params"]


def published(model, params, mixtures):
    """Outputs of a U-Net as it is published, by Flax: skips are concatenated."""
    own = params["params"]

    def conv(name, x, kernel=None, layer=nn.Conv, size=(3, 3), strides=(1, 1)):
        leaves = own[name] if kernel is None else {**own[name], "kernel": kernel}
        features = leaves["bias"].size
        return layer(features, size, strides).apply({"params": leaves}, x)

    def level(name, x, skip=None):
        kernel = own[f"{name}_conv_0"]["kernel"]
        if skip is not None:
            x = jnp.concatenate([x, skip], -1)
            kernel = jnp.concatenate([kernel, own[f"{name}_skip"]["kernel"]], 2)
        x = model.activation(conv(f"{name}_conv_0", x, kernel))
        return model.activation(conv(f"{name}_conv_1", x))

    levels, x = [], mixtures
    for i in range(model.depth + 1):
        x = nn.max_pool(x, (2, 2), (2, 2)) if i else x
        x = level(f"encoder_{i}", x)
        levels.append(x)
    outputs = []
    for name in ("first",) if model.consistent else ("first", "second"):
        x = levels[-1]
        for i in reversed(range(model.depth)):
            up = {"layer": nn.ConvTranspose, "size": (2, 2), "strides": (2, 2)}
            x = conv(f"{name}_{i}_up", x, **up)
            x = level(f"{name}_{i}", x, levels[i] if model.skips else None)
        outputs.append(conv(f"{name}_pixels", x, size=(1, 1)))
    return outputs


@pytest.mark.parametrize(
    ("method", "consistent"), [("auto", False), ("native", False), ("native", True)]
)
def test_it_is_the_u_net_of_concatenated_skips(
    x64, random_parameters, method, consistent
):
    model = UNet(
        SHAPE, 3, 2, consistent=consistent, param_dtype=jnp.float64, method=method
    )
    check_published(model, random_parameters(model, np.float64))


def test_without_skips_it_is_the_u_net_with_none(x64, random_parameters):
    model = UNet(SHAPE, 3, 2, skips=False, param_dtype=jnp.float64, method="native")
    check_published(model, random_parameters(model, np.float64))


def check_published(model, params):
    shown = jax.random.uniform(jax.random.key(0), (3, *SHAPE), jnp.float64)
    outputs = jax.jit(partial(published, model))(params, shown)
    if model.consistent:
        difference = jnp.tanh(outputs[0]) * jnp.minimum(shown, 1 - shown)
        expected = [shown + difference, shown - difference]
    else:
        expected = [nn.sigmoid(output) for output in outputs]
    parts = jax.jit(model.apply)(params, shown)
    np.testing.assert_allclose(parts, jnp.stack(expected, 1), atol=1e-12)
    assert np.std(outputs[0]) > 0.05


def test_it_has_as_many_parameters_as_the_published_one():
    """64 to 1024 filters, one channel in and out: 31,030,593."""
    own = shapes(UNet((32, 32, 1), width=64, consistent=True))
    assert sum(leaf.size for leaf in jax.tree.leaves(own)) == 31_030_593


def test_its_sizes_are_those_of_the_study():
    """32, 64, 128, 256 filters, 512 at the bottleneck, skips to both decoders."""
    own = shapes(UNet())
    for i, filters in enumerate((32, 64, 128, 256, 512)):
        assert own[f"encoder_{i}_conv_1"]["kernel"].shape == (3, 3, filters, filters)
    for name in ("first", "second"):
        for i, filters in enumerate((32, 64, 128, 256)):
            assert own[f"{name}_{i}_up"]["kernel"].shape == (2, 2, 2 * filters, filters)
            assert own[f"{name}_{i}_skip"].keys() == {"kernel"}
        assert own[f"{name}_pixels"]["kernel"].shape == (1, 1, 32, 3)
    plain = shapes(UNet(skips=False))
    assert {name for name in own if name not in plain} == {
        name for name in own if name.endswith("skip")
    }


@pytest.mark.parametrize("skips", [True, False])
def test_without_skips_all_passes_through_the_bottleneck(
    skips, mixtures, random_parameters
):
    model = UNet(SHAPE, 2, 2, skips=skips, method="native")
    params = random_parameters(model)
    for name in ("first_1_up", "second_1_up"):
        params["params"][name]["kernel"] *= 0
    parts = np.asarray(jax.jit(model.apply)(params, mixtures))
    is_constant = np.ptp(parts, axis=0).max() < 1e-6
    assert is_constant != skips


@pytest.mark.parametrize("depth", [1, 3, 5])
@pytest.mark.parametrize("shape", [(28, 28, 1), (40, 25, 2)])
def test_any_depth_takes_and_gives_images_of_any_size(depth, shape):
    model = UNet(shape, width=2, depth=depth)

    def run(images):
        return model.apply(model.init(jax.random.key(0), images), images)

    assert jax.eval_shape(run, jnp.zeros((3, *shape))).shape == (3, 2, *shape)


@pytest.fixture(scope="module", params=[True, False], ids=["skips", "no skips"])
def begun(request, mixtures):
    """What each layer of a new U-Net computes, by the layer's name."""
    model = UNet(SHAPE, 16, 2, skips=request.param, method="native")
    params = jax.jit(model.init)(jax.random.key(2), mixtures)
    look = jax.jit(partial(model.apply, capture_intermediates=True))
    seen = look(params, mixtures)[1]["intermediates"]
    return {name: np.asarray(jax.tree.leaves(layer)[0]) for name, layer in seen.items()}


def test_no_layer_loses_the_size_of_its_input(begun):
    """He's variance: the mean square before each activation is about the same."""
    names = [name for name in begun if name.endswith("conv_1")]
    sizes = {name: np.sqrt(np.square(begun[name]).mean()) for name in names}
    first = sizes["encoder_0_conv_1"]
    assert len(sizes) == 3 + 2 * 2
    assert all(first / 2 < size < 2 * first for size in sizes.values()), sizes


def test_parts_begin_near_the_mixture_or_grey(begun):
    """Outputs of decoders are small: their sigmoid is 0.5, their tangent 0."""
    for name in ("first_pixels", "second_pixels"):
        assert 1e-3 < np.abs(begun[name]).max() < 0.5
        assert np.sqrt(np.square(begun[name]).mean()) < 0.15


def test_gradients_reach_every_parameter(mixtures, random_parameters):
    model = UNet(SHAPE, 4, 1, method="native")
    params = random_parameters(model)
    target = jax.random.uniform(jax.random.key(1), (3, 2, *SHAPE))

    def loss(params):
        return jnp.square(model.apply(params, mixtures) - target).mean()

    gradient = jax.jit(jax.grad(loss))(params)
    assert all(float(jnp.abs(leaf).max()) > 0 for leaf in jax.tree.leaves(gradient))
