"""Latent spaces: white codes of training images, and the decoder that undoes it."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import data, lab
from aejax.data import Images
from aejax.lab.generators import spaces
from aejax.lab.laboratory import Lab

# It compiles for tens of seconds.
pytestmark = pytest.mark.slow


@dataclasses.dataclass(frozen=True)
class Options(lab.SpaceOptions):
    """Of no study."""


@pytest.fixture(scope="module")
def room():
    train = data.load("mnist_5k", "train")
    first, second, third = (
        Images(*(array[a:b] for array in train))
        for a, b in ((0, 300), (300, 400), (400, 450))
    )
    known = lab.Data(data.describe("mnist_5k"), first, second, validation=third)
    options = Options(zdim=3, width=2, depth=1, encoder_steps=3, seeds=2)
    return Lab(options, known, (), None)


@pytest.fixture(scope="module")
def found(room):
    with jax.numpy_dtype_promotion("standard"):
        return spaces.obtain(room)


def test_codes_are_white_on_the_training_images_of_every_seed(found):
    for seed in (0, 1):
        codes = found.of("train", seed).astype(np.float64)
        np.testing.assert_allclose(codes.mean(0), 0, atol=1e-4)
        np.testing.assert_allclose(np.cov(codes, rowvar=False), np.eye(3), atol=1e-3)
    assert (found.of("train", 0) != found.of("train", 1)).any()
    assert found.of("validation", 1).shape == (50, 3)


def test_decoded_white_codes_are_the_reconstructions(found, room):
    tests = room.data.test.images
    for seed in (0, 1):
        expected = jax.jit(
            lambda own: found.model.apply(own, tests, method="reconstruct")
        )(found.params[seed])
        images = found.decode(seed, found.of("test", seed))
        np.testing.assert_allclose(images, expected, atol=1e-4)


def test_a_member_learns_the_codes_of_its_seed(found, room):
    held = found.data("test", room.data.test.labels)
    for seed in (0, 1):
        own = spaces.own_space(held, {"seed": np.uint32(seed)})
        np.testing.assert_array_equal(own, found.of("test", seed))


def test_second_stages_are_evaluated_by_some_held_out_codes(found, room, monkeypatch):
    """Each with its own label, and not only the first ones: folders are sorted."""
    whole = jax.device_get(found.data("validation", room.data.held_out.labels))
    monkeypatch.setattr(spaces, "SELECTING", len(whole["label"]) // 2)
    some = jax.device_get(found.learning(room.data)["held_out"])
    assert len(some["label"]) == len(whole["label"]) // 2
    rows = [
        int(np.flatnonzero((whole["code"] == code).all((1, 2)))[0])
        for code in some["code"]
    ]
    np.testing.assert_array_equal(some["label"], whole["label"][rows])
    assert len(set(rows)) == len(rows)
    assert max(rows) > len(rows)


def test_codes_are_described_by_the_decoder_of_the_members_seed(found, room):
    """Traced, for both seeds at once, as in a sweep: features of decoded images."""
    from aejax.lab import classifier

    judge = classifier.obtain(room)
    describe = found.described(judge)
    codes = jnp.asarray(found.of("test", 1)[:20])
    seeds = np.arange(2, dtype=np.uint32)
    both = jax.jit(jax.vmap(lambda seed: describe(codes, {"seed": seed})))(seeds)
    for seed in (0, 1):
        expected = judge.features(found.decode(seed, codes))
        np.testing.assert_allclose(both[seed], expected, rtol=1e-3, atol=1e-3)
    assert (both[0] != both[1]).any()


def test_a_checkpoint_is_the_space_of_every_seed(room, tmp_path):
    import aejax

    model = aejax.models.Autoencoder(4, width=2, depth=1)
    params = jax.jit(model.init)(jax.random.key(3), room.data.test.images[:1])
    aejax.save(tmp_path / "model", model, params)
    options = dataclasses.replace(room.options, checkpoint=str(tmp_path / "model"))
    found = spaces.obtain(dataclasses.replace(room, options=options))
    assert found.trained is None
    np.testing.assert_array_equal(found.of("test", 0), found.of("test", 1))
    held = found.data("test", room.data.test.labels)
    own = spaces.own_space(held, {"seed": np.uint32(1)})
    np.testing.assert_array_equal(own, found.of("test", 1))
