"""Encoders of saved autoencoders."""

import jax
import jax.numpy as jnp
import pytest

from aejax import pretrained
from aejax.errors import UserError
from aejax.eval import encoders
from aejax.models import Autoencoder, Classifier

MODEL = Autoencoder(3, width=2, depth=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An autoencoder and a classifier, saved."""
    path = tmp_path_factory.mktemp("models")
    example = jnp.zeros((1, 28, 28, 1))
    for name, model in (("one", MODEL), ("other", Classifier(features=2, width=2))):
        params = jax.jit(model.init)(jax.random.key(0), example)
        pretrained.save(path / name, model, params)
    return path


def test_a_saved_autoencoder_is_loaded(folder):
    assert encoders.load(str(folder / "one"), (28, 28, 1))[0] == MODEL


@pytest.mark.parametrize(
    ("name", "shape", "complaint"),
    [
        ("one", (32, 32, 3), r"images \(28, 28, 1\)"),
        ("other", (28, 28, 1), "a Classifier"),
        ("none", (28, 28, 1), "no model"),
    ],
)
def test_checkpoints_that_do_not_suit(folder, name, shape, complaint):
    with pytest.raises(UserError, match=complaint) as raised:
        encoders.load(str(folder / name), shape)
    assert "\n" not in str(raised.value)
