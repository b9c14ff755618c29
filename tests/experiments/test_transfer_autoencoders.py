"""The autoencoders that the study of few labels starts from."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import data, pretrained
from aejax.errors import UserError
from aejax.models import Autoencoder, Classifier
from aejax.recipes import autoencoding, denoising
from aejax.run import study
from aejax.run.workdir import Workdir
from experiments._transfer import autoencoders

MODEL = Autoencoder(3, width=2, depth=2)


@pytest.fixture
def two_seeds(tmp_path):
    """A study of two seeds on no images at all."""
    none = data.Images(np.zeros((0, 28, 28, 1), np.uint8), np.zeros(0, np.int64))
    settings = SimpleNamespace(
        seeds=2, steps=4, batch_size=8, learning_rate=0.1, shared_batches=False, chunk=2
    )
    return study.Study(settings, Workdir(tmp_path / "run"), {"name": "x"}, none, none)


def test_each_encoder_is_trained_with_its_own_distortion(two_seeds, monkeypatch):
    seen = []
    monkeypatch.setattr(
        study.Study, "fit", lambda _, members, task: seen.extend(members)
    )
    autoencoders._train(MODEL, {"plain": 0.0, "bent": 0.5}, two_seeds)
    assert {m.name: (m.seed, m.hyper["distortion"]) for m in seen} == {
        "plain,seed=0": (0, 0.0),
        "plain,seed=1": (1, 0.0),
        "bent,seed=0": (0, 0.5),
        "bent,seed=1": (1, 0.5),
    }


def test_encoders_that_another_run_trains_are_worth_waiting_for(two_seeds, monkeypatch):
    begun = []

    def second_run(*_):
        begun.append(True)
        autoencoders.trained(MODEL, {"plain": 0.0}, two_seeds)

    monkeypatch.setattr(autoencoders, "_train", second_run)
    with pytest.raises(UserError, match="wait for it to end: it trains the encoders"):
        autoencoders.trained(MODEL, {"plain": 0.0}, two_seeds)
    assert len(begun) == 1


def test_without_distortion_denoising_is_autoencoding(digits):
    params = jax.jit(MODEL.init)(jax.random.key(0), digits[:1])
    hyper = {"distortion": jnp.zeros(())}
    arguments = (MODEL, params, {"image": digits}, jax.random.key(1))
    with jax.numpy_rank_promotion("allow"):
        loss, _ = denoising.loss(*arguments, hyper)
        bent, _ = denoising.loss(*arguments, {"distortion": jnp.ones(())})
    plain, _ = autoencoding.loss(*arguments, {})
    np.testing.assert_allclose(loss, plain, rtol=1e-6)
    assert abs(bent - plain) > 1e-5


def test_checkpoints_that_do_not_suit(tmp_path):
    example = jnp.zeros((1, 28, 28, 1))
    for name, model in (("one", MODEL), ("other", Classifier(features=2, width=2))):
        params = jax.jit(model.init)(jax.random.key(0), example)
        pretrained.save(tmp_path / name, model, params)
    assert autoencoders.given(str(tmp_path / "one"), (28, 28, 1))[0] == MODEL
    for name, shape, complaint in (
        ("one", (32, 32, 3), r"takes images \(28, 28, 1\)"),
        ("other", (28, 28, 1), "is a Classifier"),
        ("none", (28, 28, 1), "holds no model"),
    ):
        with pytest.raises(UserError, match=complaint) as raised:
            autoencoders.given(str(tmp_path / name), shape)
        assert "\n" not in str(raised.value)
