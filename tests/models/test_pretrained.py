"""A saved model is loaded as it was, in one line."""

import functools
import json

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import executors, pretrained
from aejax.errors import UserError
from aejax.models import (
    VAE,
    Autoencoder,
    ConvEncoder,
    Gaussian,
    MlpDecoder,
    UNet,
    code_unmixer,
    conv_vae,
    mlp_vae,
)


def params_of(model, dtype=jnp.float32):
    """Any parameters of the right shapes."""
    example = jax.ShapeDtypeStruct((1, *model.image_shape), jnp.uint8)
    shapes = jax.eval_shape(model.init, jax.random.key(0), example)
    random = np.random.default_rng(0)
    return jax.tree.map(
        lambda leaf: jnp.asarray(random.normal(size=leaf.shape), dtype), shapes
    )


SMALL = Autoencoder(3, width=2, depth=1)


@pytest.fixture
def saved(tmp_path):
    pretrained.save(tmp_path / "model", SMALL, params_of(SMALL))
    return tmp_path / "model"


@pytest.mark.parametrize(
    ("model", "dtype"),
    [
        (SMALL, jnp.float32),
        (Autoencoder(2, (32, 32, 3), 2, 1, 1, 5, nn.gelu), jnp.float32),
        (Autoencoder(2, width=2, depth=1, activation=nn.tanh), jnp.bfloat16),
        (Autoencoder(2, width=2, depth=1, activation=nn.silu), jnp.float16),
    ],
)
def test_what_is_loaded_is_what_was_saved(tmp_path, model, dtype):
    model = model.clone(param_dtype=dtype)
    params = params_of(model, dtype)
    pretrained.save(tmp_path, model, params)
    found, loaded = pretrained.load(str(tmp_path))
    assert found == model
    assert found.activation is model.activation
    assert found.image_shape == model.image_shape
    assert jax.tree.structure(loaded) == jax.tree.structure(params)
    for a, b in zip(jax.tree.leaves(loaded), jax.tree.leaves(params), strict=True):
        assert a.dtype == b.dtype == dtype
        np.testing.assert_array_equal(a, b)
    pretrained.save(tmp_path, found, loaded)
    assert pretrained.load(tmp_path)[0] == model


def test_a_loaded_model_computes_the_same(saved, digits):
    model, params = pretrained.load(saved)
    expected = SMALL.apply(params_of(SMALL), digits[:2])
    np.testing.assert_array_equal(model.apply(params, digits[:2]), expected)


def test_saving_again_replaces(saved):
    other = Autoencoder(5, width=3, depth=1)
    pretrained.save(saved, other, params_of(other))
    model, params = pretrained.load(saved)
    assert model == other
    assert params["params"]["encoder"]["latent"]["kernel"].shape[-1] == 5


class Mine(nn.Module):
    """A user's own: not in aejax.models, and with fields of any kind."""

    units: int = 3
    activation: object = nn.relu

    @nn.compact
    def __call__(self, x):
        return self.activation(nn.Dense(self.units)(x))


@pytest.mark.parametrize(
    "activation",
    [nn.relu, lambda x: x, functools.partial(nn.leaky_relu, negative_slope=0.1)],
)
def test_a_users_own_module_is_given_to_load(tmp_path, activation):
    model, example = Mine(4, activation), jnp.zeros((1, 2))
    params = model.init(jax.random.key(0), example)
    pretrained.save(tmp_path, model, params, example)
    described = json.loads((tmp_path / "model.json").read_text())
    assert described["class"].endswith(".Mine")
    assert described["fields"]["units"] == 4
    assert described["reconstructible"] is False
    found, loaded = pretrained.load(tmp_path, model=model)
    assert found is model
    jax.tree.map(np.testing.assert_array_equal, loaded, params)
    with pytest.raises(UserError, match=r"Mine.*load\(folder, model=\.\.\.\)"):
        pretrained.load(tmp_path)
    with pytest.raises(UserError, match=r"Dense_0/bias is stored as \(4,\).*\(5,\)"):
        pretrained.load(tmp_path, model=Mine(5))


def test_a_given_model_of_other_images_or_depth_does_not_fit(saved):
    for other in (SMALL.clone(depth=2), SMALL.clone(image_shape=(28, 28, 3))):
        with pytest.raises(UserError, match="not those of the given model: params/"):
            pretrained.load(saved, model=other)
    assert pretrained.load(saved, model=SMALL)[0] is SMALL


def test_a_function_that_is_not_flaxs_is_stored_as_text(tmp_path):
    model = SMALL.clone(activation=lambda x: x)
    params = params_of(model)
    pretrained.save(tmp_path, model, params)
    assert "lambda" in (tmp_path / "model.json").read_text()
    with pytest.raises(UserError, match="lambda"):
        pretrained.load(tmp_path)
    assert pretrained.load(tmp_path, model=model)[0] is model


@pytest.mark.parametrize(
    "model",
    [
        mlp_vae(2, (4, 3), (8, 8, 1), classes=3, condition_encoder=True),
        conv_vae(2, 3, (8, 8, 1), width=2, depth=1, categories=3, dtype=jnp.bfloat16),
        VAE(ConvEncoder(3, 2, 1), Gaussian(2), MlpDecoder((8, 8, 1), (3,))),
        UNet((8, 8, 1), 2, 2, skips=False, activation=nn.gelu),
        code_unmixer(2, 3, (8, 8, 1), width=2, depth=1, consistent=True),
        code_unmixer(2, 3, (8, 8, 1), width=2, depth=1, variational=True),
    ],
)
def test_models_of_parts_are_loaded_as_they_were(tmp_path, model):
    params = params_of(model)
    pretrained.save(tmp_path, model, params)
    found, loaded = pretrained.load(tmp_path)
    assert found == model
    jax.tree.map(np.testing.assert_array_equal, loaded, params)


def test_a_folder_without_a_model_is_the_users_to_mend(tmp_path):
    (tmp_path / "file").touch()
    for folder in (tmp_path, tmp_path / "none", tmp_path / "file"):
        with pytest.raises(UserError, match="holds no model"):
            pretrained.load(folder)


@pytest.mark.parametrize(
    "damage",
    [
        lambda described: "",
        lambda described: json.dumps(described)[:-5],
        lambda described: "[]",
        lambda described: json.dumps({**described, "class": "Unknown"}),
        lambda described: json.dumps({**described, "class": "__all__"}),
        lambda described: json.dumps({"class": "Autoencoder"}),
        lambda described: json.dumps({**described, "fields": {"zdims": 3}}),
    ],
)
def test_a_damaged_description_is_the_users_to_mend(saved, damage):
    file = saved / "model.json"
    file.write_text(damage(json.loads(file.read_text())))
    with pytest.raises(UserError, match=r"model\.json"):
        pretrained.load(saved)


def test_missing_parameters_are_the_users_to_mend(saved):
    (saved / "params").rename(saved / "elsewhere")
    with pytest.raises(UserError, match="params"):
        pretrained.load(saved)


def test_without_an_example_a_given_model_must_have_the_fields_that_were_saved(
    tmp_path,
):
    model = Mine(4, nn.relu)
    params = model.init(jax.random.key(0), jnp.zeros((1, 2)))
    pretrained.save(tmp_path, model, params)
    assert pretrained.load(tmp_path, model=Mine(4, nn.relu))[0] == model
    with pytest.raises(UserError, match=r"units=4.*given one has 5"):
        pretrained.load(tmp_path, model=Mine(5, nn.relu))
    with pytest.raises(UserError, match="give a module"):
        pretrained.load(tmp_path, model=Mine)


def test_loaded_parameters_can_be_used_on_every_device(saved):
    _, params = pretrained.load(saved)
    images = jnp.zeros((2, 28, 28, 1))
    for device in jax.devices():
        found = jax.jit(SMALL.apply)(params, jax.device_put(images, device))
        assert found.devices() == {device}
    members = jax.tree.map(lambda leaf: jnp.stack([leaf, leaf]), params)

    def encode(own, nothing):
        return own, SMALL.apply(own, images, method="encode")

    program = executors.over_members(encode, "sharded")
    _, codes = jax.jit(program)(members, jnp.arange(2))
    np.testing.assert_array_equal(codes[0], codes[1])
