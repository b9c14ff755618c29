"""Trainings whose batches are drawn by key, from arrays of different lengths."""

import os
import signal
from functools import partial
from typing import ClassVar

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from aejax import batches, sweep
from aejax.algorithm import gradient
from aejax.errors import UserError
from aejax.lab.run import interrupt, records
from aejax.lab.training.fit import fit

pytestmark = pytest.mark.usefixtures("compile_once")
HOW = {
    "steps": 6,
    "batch_size": 4,
    "every": 2,
    "executor": "map",
    "checkpoint_seconds": 0.0,
}


class Net(nn.Module):
    """Sums of two rows to what one of them was."""

    sizes: ClassVar[tuple[str, ...]] = ("width",)
    width: int
    param_dtype: jnp.dtype = jnp.float32

    @nn.compact
    def __call__(self, x):
        how = {"param_dtype": self.param_dtype, "dtype": self.param_dtype}
        return nn.Dense(3, **how)(nn.tanh(nn.Dense(self.width, **how)(x)))


def pairs(data, rows, key, hparams):
    others = jax.random.randint(key, rows.shape, 0, len(data["second"]))
    return {"first": data["first"][rows], "second": data["second"][others]}


def swapped(data, rows, key, hparams):
    found = pairs(data, rows, key, hparams)
    return {"first": found["first"], "second": found["second"][::-1]}


def learn(model, draw=pairs):
    """The first of two rows from their sum."""

    def error(params, batch):
        batch = {name: a.astype(model.param_dtype) for name, a in batch.items()}
        found = model.apply(params, batch["first"] + batch["second"])
        return jnp.square(found - batch["first"]).mean()

    return gradient(
        model,
        lambda params, batch, key, hparams: (error(params, batch), {}),
        lambda hparams: optax.sgd(hparams["learning_rate"]),
        lambda params, held_out, hparams: {"seen": error(params, held_out)},
        init=lambda key, batch, hparams: model.init(key, batch["first"]),
        draw=draw,
    )


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(0)
    return {
        "first": random.normal(size=(11, 3)).astype(np.float32),
        "second": random.normal(size=(3, 3)).astype(np.float32),
    }


def member(name, width, seed=0, **fields):
    return sweep.Member(name, Net(width, **fields), seed, seed, {"learning_rate": 0.1})


MEMBERS = [member("a", 2), member("b", 5, 1)]


@pytest.fixture(scope="module")
def train(data, compile_once):
    def run(members=MEMBERS, algorithm=learn, **changes):
        given = {"held_out": {n: a[:3] for n, a in data.items()}, **HOW, **changes}
        return fit(members, algorithm, given.pop("data", data), **given)

    return run


def params_of(trained):
    return {m.name: jax.device_get(trained[m.name][1]) for m in trained.members}


@pytest.mark.slow
def test_a_stopped_training_continues_as_if_never_stopped(tmp_path, train, monkeypatch):
    whole = train()
    assert len(whole.groups) == 1
    write = records.Recorder.write

    def write_and_signal(self, *arguments):
        values = write(self, *arguments)
        os.kill(os.getpid(), signal.SIGTERM)
        return values

    with monkeypatch.context() as patch:
        patch.setattr(records.Recorder, "write", write_and_signal)
        with pytest.raises(interrupt.Stopped, match="SIGTERM at step 2"):
            train(folder=tmp_path)
    broken = train(folder=tmp_path)
    jax.tree.map(np.testing.assert_array_equal, params_of(broken), params_of(whole))
    assert broken.records == whole.records


@pytest.mark.slow
def test_a_padded_member_is_the_model_alone(x64, train):
    members = [member("a", 2, param_dtype=jnp.float64)]
    alone = params_of(train(members))["a"]
    larger = member("b", 5, 1, param_dtype=jnp.float64)
    together = params_of(train([*members, larger]))["a"]
    close = partial(np.testing.assert_allclose, rtol=0, atol=1e-10)
    jax.tree.map(close, together, alone)


def test_arrays_of_different_lengths_need_a_draw(train, data):
    gathers = partial(learn, draw=batches.gather)
    with pytest.raises(
        UserError, match=r"different lengths: .'first': 11, 'second': 3"
    ):
        train(algorithm=gathers)
    with pytest.raises(UserError, match="different lengths"):
        train(held_out=data)
    with pytest.raises(UserError, match="a batch of 12 of 11 training examples"):
        train(batch_size=12)


@pytest.mark.slow
def test_without_held_out_arrays_pairs_of_the_first_rows_are_evaluated(train, data):
    drawn = batches.beginning(pairs, data, 11)
    found = [train(held_out=held).records[-1]["seen"] for held in (None, drawn)]
    assert found[0] == found[1]


def test_another_draw_is_another_training(tmp_path, train):
    train(folder=tmp_path)
    train(folder=tmp_path, algorithm=lambda model: learn(model))
    with pytest.raises(UserError, match=r"the algorithm .* differs"):
        train(folder=tmp_path, algorithm=partial(learn, draw=swapped))
