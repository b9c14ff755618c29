"""A saved model is loaded as it was, in one line."""

import json

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import pretrained
from aejax.errors import UserError
from aejax.models import Autoencoder


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


def test_a_function_that_is_not_flaxs_is_refused_before_anything_is_written(tmp_path):
    def relu(x):
        return x

    model = SMALL.clone(activation=relu)
    with pytest.raises(TypeError, match="relu"):
        pretrained.save(tmp_path / "model", model, params_of(model))
    assert not (tmp_path / "model").exists()


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
