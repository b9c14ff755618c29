"""Two networks with two optimizers train, stop and resume like any one model."""

import os
import signal

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from aejax import images, sweep
from aejax.algorithm import adversarial, with_ema
from aejax.lab.run import interrupt, records
from aejax.lab.training.fit import fit

pytestmark = pytest.mark.usefixtures("compile_once")
ZDIM = 2


class Networks(nn.Module):
    """A linear generator and a linear critic."""

    features: int = 3

    def setup(self) -> None:
        self.generator = nn.Dense(784)
        self.critic = nn.Sequential([nn.Dense(self.features), nn.tanh, nn.Dense(1)])

    def __call__(self, shown):
        return self.generate(jnp.zeros((1, ZDIM))), self.judge(shown)

    def generate(self, latents):
        return nn.sigmoid(self.generator(latents))

    def judge(self, shown):
        return self.critic(shown.reshape(len(shown), -1))[:, 0]


def gan(model):
    """The non-saturating game (Goodfellow et al. 2014) of both."""

    def init(key, batch, hparams):
        del hparams
        params = model.init(key, images.unit(batch["image"]))["params"]
        critic = {k: v for k, v in params.items() if k.startswith("critic")}
        return {"critic": critic, "generator": {"generator": params["generator"]}}

    def scores(params, shown):
        whole = {"params": {**params["critic"], **params["generator"]}}
        return model.apply(whole, shown, method="judge")

    def made(params, batch, key):
        latents = jax.random.normal(key, (len(batch["image"]), ZDIM))
        whole = {"params": {**params["critic"], **params["generator"]}}
        return model.apply(whole, latents, method="generate")

    def critic(params, batch, key, hparams):
        del hparams
        real = scores(params, images.unit(batch["image"]))
        false = scores(params, made(params, batch, key))
        return (nn.softplus(-real) + nn.softplus(false)).mean(), {}

    def generator(params, batch, key, hparams):
        del hparams
        return nn.softplus(-scores(params, made(params, batch, key))).mean(), {}

    def evaluate(params, held_out, hparams):
        del hparams
        return {"score": scores(params, images.unit(held_out["image"])).mean()}

    rates = {
        name: lambda hparams, name=name: optax.sgd(hparams[name], momentum=0.5)
        for name in ("critic", "generator")
    }
    losses = {"critic": critic, "generator": generator}
    return adversarial(init, losses, rates, evaluate)


def member(name, seed=0, critic=0.1, generator=0.1):
    hparams = {"critic": critic, "generator": generator}
    return sweep.Member(name, Networks(), seed, seed, hparams)


MEMBERS = [
    member("a"),
    member("b", 1),
    member("still critic", critic=0.0),
    member("still generator", generator=0.0),
]


@pytest.fixture(scope="module")
def train(digits):
    def run(folder=None, algorithm=gan, **changes):
        how = {"steps": 6, "batch_size": 8, "every": 2, "checkpoint_seconds": 0.0}
        given = {**how, "executor": "map", **changes}
        members = given.pop("members", MEMBERS)
        return fit(members, algorithm, digits, folder=folder, **given)

    return run


@pytest.fixture(scope="module")
def whole(train):
    return train()


def params_of(trained):
    return {m.name: jax.device_get(trained[m.name][1]) for m in trained.members}


def assert_equal(found, expected):
    jax.tree.map(np.testing.assert_array_equal, found, expected)


def test_both_are_trained_and_recorded(whole):
    assert len(whole.groups) == 1
    assert {*whole.records[0]} == {
        "step", "member", "critic_loss", "generator_loss", "score",
    }  # fmt: skip
    losses = [r["critic_loss"] for r in whole.records if r["member"] == "a"]
    assert len(set(losses)) == 3


@pytest.mark.parametrize("still", ["critic", "generator"])
def test_each_moves_by_its_own_loss_alone(whole, digits, still):
    own = jax.tree.map(lambda a: a[0], sweep.hparams(MEMBERS))
    from aejax import keys

    key = keys.stream(0, keys.INIT)
    begun = gan(Networks()).init(key, {"image": digits[:1]}, own)
    found = whole[f"still {still}"][1]
    (other,) = {"critic", "generator"} - {still}
    # Initialised by a compiled program there: the same to within rounding.
    close = jax.tree.map(
        lambda a, b: np.allclose(a, b, rtol=1e-6, atol=1e-7),
        {name: found[name] for name in found},
        {name: begun[name]["params"] for name in found},
    )
    assert all(jax.tree.leaves(close[still]))
    assert not all(jax.tree.leaves(close[other]))


def test_a_network_of_rate_zero_stays_bit_for_bit(train, whole):
    """However long the other one is trained."""
    short = params_of(train(steps=2))
    long = params_of(whole)
    for still in ("critic", "generator"):
        (other,) = {"critic", "generator"} - {still}
        name = f"still {still}"
        assert_equal(long[name][still], short[name][still])
        assert any(
            (a != b).any()
            for a, b in zip(
                jax.tree.leaves(long[name][other]),
                jax.tree.leaves(short[name][other]),
                strict=True,
            )
        )


def test_a_stopped_game_continues_as_if_never_stopped(
    tmp_path, train, whole, monkeypatch
):
    write = records.Recorder.write

    def write_and_signal(self, *arguments):
        os.kill(os.getpid(), signal.SIGTERM)
        return write(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(records.Recorder, "write", write_and_signal)
        for _ in range(2):
            with pytest.raises(interrupt.Stopped):
                train(tmp_path)
    broken = train(tmp_path)
    assert_equal(params_of(broken), params_of(whole))
    assert broken.records == whole.records


def test_a_moving_average_of_both_trains_in_the_same_loop(tmp_path, train):
    averaged = train(algorithm=lambda model: with_ema(gan(model), 0.5))
    resumed = [
        train(tmp_path, algorithm=lambda model: with_ema(gan(model), 0.5))
        for _ in range(2)
    ]
    for found in resumed:
        assert_equal(params_of(found), params_of(averaged))
