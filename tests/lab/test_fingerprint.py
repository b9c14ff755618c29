"""A folder's training continues only itself, and says what is different."""

import dataclasses
import json
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from aejax import sweep
from aejax.algorithm import gradient, with_ema
from aejax.errors import UserError
from aejax.lab.run import fingerprint
from aejax.lab.training.fit import fit

pytestmark = pytest.mark.usefixtures("compile_once")
HOW = {"steps": 4, "batch_size": 8, "every": 2, "checkpoint_seconds": 0.0}


@pytest.fixture
def member(make_dense):
    return make_dense("a", 2)


@pytest.fixture
def used(tmp_path, member, denoising, digits):
    """A folder that holds a training."""
    fit([member], denoising, digits, folder=tmp_path, **HOW)
    return tmp_path


def louder(algorithm, model):
    """The same but for the loss."""
    plain = algorithm(model)

    def step(state, batch, key, hparams):
        brighter = {"image": batch["image"] // 2}
        return plain.step(state, brighter, key, hparams)

    return plain._replace(step=step)


def test_another_training_is_refused_with_the_difference(
    used, member, denoising, digits
):
    one = digits.at[3, 5, 5, 0].add(1)
    other = {
        "hparams of a was .*0.002.*, is .*0.004": (
            [dataclasses.replace(member, hparams={"learning_rate": 4e-3})], {}),
        "seed of a was 0, is 1": ([dataclasses.replace(member, seed=1)], {}),
        "data_seed of a was 0, is 2": ([dataclasses.replace(member, data_seed=2)], {}),
        r"model of a was Dense\(zdim=2.*is Dense\(zdim=3": (
            [dataclasses.replace(member, model=member.model.clone(zdim=3))], {}),
        "its members are a": ([dataclasses.replace(member, name="b")], {}),
        "the data images or labels differ": ([member], {"data": one}),
        "the held-out images or labels differ": ([member], {"held_out": digits[:9]}),
        "steps was 4, is 6": ([member], {"steps": 6}),
        "batch_size was 8, is 9": ([member], {"batch_size": 9}),
        "every was 2, is 1": ([member], {"every": 1}),
        "the algorithm .* differs": (
            [member], {"algorithm": partial(louder, denoising)}),
    }  # fmt: skip
    before = sorted(p for p in used.rglob("*") if p.is_file())
    for message, (members, changes) in other.items():
        given = {"algorithm": denoising, "data": digits, "folder": used, **HOW}
        with pytest.raises(UserError, match=message) as refusal:
            fit(members, **{**given, **changes})
        assert "\n" not in str(refusal.value)
    assert sorted(p for p in used.rglob("*") if p.is_file()) == before


def test_the_same_training_continues(used, member, denoising, digits):
    """Even written down anew, as in another process, with another executor."""
    again = sweep.Member("a", member.model.clone(), 0, 0, {"learning_rate": 0.002})
    fit([again], denoising, np.asarray(digits), folder=used, executor="vmap", **HOW)
    fit([again], lambda model: denoising(model), {"image": digits}, folder=used, **HOW)


def facts_of(algorithm, member, images):
    arrays = {"image": images}
    schedule = {"steps": 4, "batch_size": 8}
    found = fingerprint.of([member], algorithm, arrays, arrays, schedule)
    return json.loads(json.dumps(found))


def scaled(by, constant, adam):
    """An algorithm with a number and an array that it closes over."""

    def make(model):
        def loss(params, batch, key, hparams):
            del key, hparams
            logits = model.apply(params, batch["image"])
            return (jnp.square(logits) * by).mean() + constant.sum(), {}

        return gradient(model, loss, adam)

    return make


def test_whatever_is_closed_over_is_part_of_it(member, adam, digits):
    arrays = jnp.arange(30.0), jnp.arange(30.0).at[7].set(0)
    sgd = lambda hparams: optax.sgd(hparams["learning_rate"])  # noqa: E731
    different = [
        scaled(1.0, arrays[0], adam),
        scaled(2.0, arrays[0], adam),
        scaled(1.0, arrays[1], adam),
        scaled(1.0, arrays[0], sgd),
        lambda model: with_ema(scaled(1.0, arrays[0], adam)(model), 0.5),
    ]
    found = [facts_of(each, member, digits)["algorithm"][0] for each in different]
    assert len(set(found)) == len(found)
    assert facts_of(scaled(1.0, arrays[0], adam), member, digits)["algorithm"] == [
        found[0]
    ]


def test_a_model_is_described_without_addresses(make_member):
    text = fingerprint.described(make_member("a", 3).model)
    assert "0x" not in text
    assert "activation=relu" in text
    assert "zdim=3" in text


def test_versions_do_not_make_it_another_training(tmp_path, member, adam, digits):
    """A computation can be compared only between equal versions."""
    now = facts_of(scaled(1.0, jnp.ones(2), adam), member, digits)
    assert set(now["versions"]) == {"jax", "flax", "optax"}
    assert now["versions"]["jax"] == jax.__version__
    path = tmp_path / "checkpoints" / "run.json"
    older = {**now, "versions": {**now["versions"], "jax": "0"}, "algorithm": ["x"]}
    fingerprint.claim(path, older)
    fingerprint.claim(path, now)
    with pytest.raises(UserError, match="algorithm"):
        fingerprint.claim(path, {**older, "algorithm": ["y"]})
