"""Translators and critics: what each weight asks for, and that pairs are learnt."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import aejax
from aejax import algorithms
from aejax.algorithms.translation import both_ways, draw, translate, translation
from aejax.models import ConvEncoder, Translation, Translator

SHAPE = (8, 8, 1)
MODEL = Translation(Translator(SHAPE, 4), ConvEncoder(1, width=2, depth=1))
IMAGES = np.random.default_rng(0).uniform(size=(16, *SHAPE)).astype(np.float32)


@pytest.fixture(scope="module")
def started():
    """`**hparams -> metrics of the first step, parameters before it`."""
    algorithm = translation(MODEL, steps=100)
    batch = {"a": jnp.asarray(IMAGES), "b": jnp.asarray(1 - IMAGES)}
    own = {"learning_rate": 1e-2, "cycle": 0.0, "error": 0.0, "paired": 0.0}
    own = {name: jnp.float32(value) for name, value in own.items()}
    state = algorithm.init(jax.random.key(0), batch, own)
    step = jax.jit(lambda own: algorithm.step(state, batch, jax.random.key(1), own))

    def call(**hparams):
        changed = {name: jnp.float32(value) for name, value in hparams.items()}
        with jax.numpy_dtype_promotion("standard"):
            return step({**own, **changed})

    return call, algorithm.params(state)


def test_each_weight_counts_its_term(started):
    call, _ = started
    _, plain = call()
    assert plain["cycle"] == 0
    _, error = call(error=3.0)
    expected = plain["translators_loss"] + 3 * plain["error"]
    np.testing.assert_allclose(error["translators_loss"], expected, rtol=1e-4)
    _, cycle = call(cycle=2.0)
    assert cycle["cycle"] > 0
    expected = plain["translators_loss"] + 2 * cycle["cycle"]
    np.testing.assert_allclose(cycle["translators_loss"], expected, rtol=1e-4)


def test_critics_see_the_source_only_where_they_are_told_to(started):
    call, before = started
    for paired in (0.0, 1.0):
        state, _ = call(paired=paired)
        change = jax.tree.map(
            lambda a, b: jnp.abs(a - b),
            state["critics"]["params"]["params"]["conv_0"]["kernel"],
            before["critics"]["params"]["conv_0"]["kernel"],
        )
        # [2 critics, rows, columns, channels in, out]: source, then image.
        assert (float(change[:, :, :, 0].max()) > 0) == (paired > 0)
        assert change[:, :, :, 1].max() > 0


def test_both_directions_have_parameters_of_their_own(started):
    _, params = started
    to_a, to_b = (
        translate(MODEL, params, to, jnp.asarray(IMAGES)) for to in ("a", "b")
    )
    assert to_a.shape == IMAGES.shape and jnp.abs(to_a - to_b).max() > 1e-3
    assert to_a.min() >= 0 and to_a.max() <= 1
    # "a" is made of what is shown as "b".
    both = both_ways(MODEL, params, {"a": jnp.asarray(1 - IMAGES), "b": IMAGES})
    np.testing.assert_allclose(both["a"], to_a, rtol=1e-6)
    assert jnp.abs(both["b"] - to_b).max() > 1e-3


def test_partners_are_of_the_members_own_pairing():
    data = {"a": jnp.arange(6.0), "b": jnp.arange(12.0).reshape(2, 6)}
    rows = jnp.array([4, 1])
    for pairing in (0, 1):
        own = {"pairing": jnp.float32(pairing)}
        found = draw(data, rows, jax.random.key(0), own)
        np.testing.assert_array_equal(found["b"], found["a"] + 6 * pairing)


@pytest.mark.slow
def test_pairs_teach_a_negative_and_mixed_pairs_do_not(standard_promotion):
    images = (255 * (np.indices((32, 8, 8))[0] % 8 > np.indices((32, 8, 8))[1])).astype(
        np.uint8
    )[..., None]
    partners = np.stack([255 - images, 255 - images[::-1]])
    own = {"learning_rate": 1e-2, "cycle": 0.0, "error": 10.0, "paired": 1.0}
    members = [
        aejax.Member(name, MODEL, hparams={**own, "pairing": float(i)})
        for i, name in enumerate(("pairs", "mixed"))
    ]
    make = partial(algorithms.translation, steps=200)
    data = {"a": images, "b": partners}
    trained = aejax.fit(
        members, make, data, steps=200, batch_size=8, held_out={"a": images}, every=200
    )
    wanted = partners[0] / 255
    error = {
        name: np.abs(np.asarray(translate(*trained[name], "b", images)) - wanted).mean()
        for name in ("pairs", "mixed")
    }
    assert error["pairs"] < 0.08 < error["mixed"]
