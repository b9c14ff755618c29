"""Probes on codes that are known, and on digits."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import data, keys
from aejax.eval import encoders, heads, probes
from aejax.models import Autoencoder, Head

MODEL, HEAD = Autoencoder(3, width=2, depth=2), Head(10, 4)
TRAINING = heads.Training(3, 1e-2, executor="map")


@pytest.fixture(scope="module")
def images():
    found, labels = data.load("mnist_5k", "test")
    return data.Images(found[:600], labels[:600])


@pytest.fixture(scope="module")
def known(images):
    """Two untrained encoders; the test images are the training images."""
    params = encoders.untrained(MODEL, range(2), jnp.asarray(images.images[:1]))
    same = images.images, images.images
    return encoders.standardised(MODEL, params, *same, executor="map")


def test_codes_are_standardised_by_the_encoder_itself(known, images):
    np.testing.assert_allclose(known.train.mean(1), 0, atol=1e-5)
    np.testing.assert_allclose(known.train.std(1), 1, rtol=1e-5)
    for space in range(2):
        own = jax.tree.map(lambda leaf, s=space: leaf[s], known.params)
        codes = known.model.apply(own, jnp.asarray(images.images))
        np.testing.assert_allclose(codes, known.test[space], atol=2e-4)


def test_pixels_are_one_space(images):
    found = encoders.pixels(images.images[:3], images.images[:2])
    assert (found.train.shape, found.test.shape) == ((1, 3, 784), (1, 2, 784))
    assert found.train.dtype == np.float32
    assert found.train.max() == images.images[:3].max() / np.float32(255)


def test_graphs_are_made_once(known):
    assert known.graph(1) is known.graph(1)
    assert known.graph(1) is not known.graph(0)


def test_sets_are_balanced_nested_and_distinct(images):
    draw = partial(probes.balanced_sets, 4, images.labels, 10)
    few, many = draw(20), draw(50)
    for rows, more in zip(few, many, strict=True):
        assert set(rows) < set(more)
        np.testing.assert_array_equal(images.labels[rows], np.repeat(np.arange(10), 2))
    assert len({tuple(rows) for rows in few}) == 4


def test_scores_of_known_predictions():
    rows = np.array([[0, 1], [2, 3]])
    found = probes.Predicted(
        test=np.array([[0, 1, 1], [0, 0, 1]]), train=np.array([[0, 1], [1, 1]])
    )
    scored = probes.scores(found, rows, np.array([0, 1, 0, 1]), np.array([0, 1, 0]), 2)
    np.testing.assert_allclose(scored["test"], [2 / 3, 1 / 3])
    assert scored["train"] == [1, 0.5]
    assert scored["confusion"] == [[2, 2], [1, 1]]


PROBES = {
    "frozen": partial(heads.networks, head=HEAD, training=TRAINING),
    "fine-tuned": partial(heads.networks, head=HEAD, training=TRAINING),
    "logistic": probes.logistic,
    "nearest": probes.nearest,
}


@pytest.mark.parametrize("name", PROBES)
def test_labelled_images_are_classified_as_they_are_among_the_test_images(
    known, images, standard_promotion, name
):
    """Both splits are the same images here, so each set must agree with itself."""
    rows = probes.balanced_sets(4, images.labels, 10, 20)
    more = {"tests": images.images} if name == "fine-tuned" else {}
    found = PROBES[name](known, [0, 0, 1, 1], images, rows, **more)
    assert found.test.shape == (4, 600)
    own = np.take_along_axis(found.test, rows, 1)
    np.testing.assert_array_equal(found.train, own)
    # Two sets of one encoder have other labelled images, so other predictions.
    assert (found.test[0] != found.test[1]).any()


def test_every_probe_finds_classes_that_lie_apart():
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(3), 40)
    codes = (20 * np.eye(3)[labels] + random.normal(size=(120, 3))).astype(np.float32)
    space = encoders.Codes(codes[None], codes[None])
    images = data.Images(np.zeros((120, 1, 1, 1), np.uint8), labels)
    rows = probes.balanced_sets(2, labels, 3, 6)
    for probe in (probes.logistic, probes.nearest, probes.propagated):
        found = probe(space, [0, 0], images, rows)
        np.testing.assert_array_equal(found.test, [labels, labels])
        np.testing.assert_array_equal(found.train, labels[rows])


def test_fine_tuning_begins_where_the_frozen_encoder_stands(known, images):
    """Before the first step both give equal logits."""
    own = jax.tree.map(lambda leaf: leaf[1], known.params)
    head = HEAD.init(keys.stream(0, keys.INIT), jnp.zeros((1, 3)))
    frozen = heads.Network(HEAD)({"head": head}, jnp.asarray(known.train[1, :20]))
    params, shown = {"head": head, "encoder": own}, jnp.asarray(images.images[:20])
    tuned = heads.Network(HEAD, known.model)(params, shown)
    np.testing.assert_allclose(frozen, tuned, atol=2e-4)
