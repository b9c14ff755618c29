"""Classifiers learn from images that show their class, and from no others."""

import flax.linen as nn
import jax
import numpy as np
import pytest

from aejax import data, images
from aejax.eval.accuracy_score import accuracy_scores
from aejax.eval.heads import Training

pytestmark = pytest.mark.usefixtures("standard_promotion")


class Linear(nn.Module):
    """The smallest classifier, which compiles in no time."""

    @nn.compact
    def __call__(self, shown):
        return nn.Dense(10)(images.unit(shown).reshape(len(shown), -1))


HOW = {"training": Training(150, 1e-2, executor="map"), "shift": 0}


@pytest.fixture(scope="module")
def digits():
    train, test = (data.load("mnist_5k", split) for split in ("train", "test"))
    few = data.Images(train.images[:800], train.labels[:800])
    return few, data.Images(test.images[:400], test.labels[:400])


@pytest.fixture(scope="module")
def scores(digits):
    """Trained with the right classes, with mixed ones, and with one class left out."""
    (shown, labels), tests = digits
    mixed = np.random.default_rng(0).permutation(labels)
    left_out = np.flatnonzero(labels != 1)
    rows = np.resize(left_out, len(labels))
    sets = np.stack([shown, shown, shown[rows]])
    named = np.stack([labels, mixed, labels[rows]])
    with jax.numpy_dtype_promotion("standard"):
        return accuracy_scores(Linear(), sets, named, tests, seeds=(0, 1), **HOW)


def test_real_images_teach_and_mixed_classes_do_not(scores):
    assert scores.shape == (3, 2)
    assert (scores[0] > 0.7).all()
    # Of ten classes; the standard deviation of guessing 400 images is 0.015.
    assert (scores[1] < 0.25).all()


def test_a_class_that_is_left_out_is_missed(scores, digits):
    ones = (digits[1].labels == 1).mean()
    assert (scores[2] < 1 - ones + 1e-6).all()
    assert (scores[2] > 0.5).all()


def test_a_member_is_itself_in_any_company_and_programs_are_kept(
    scores, digits, compilations
):
    (shown, labels), tests = digits

    def alone(seed):
        one = shown[None], labels[None]
        found = accuracy_scores(Linear(), *one, tests, seeds=(seed,), **HOW)
        return pytest.approx(found[0, 0], abs=1e-6)

    assert scores[0, 0] != scores[0, 1]
    assert scores[0, 1] == alone(1)
    compilations.clear()
    assert scores[0, 0] == alone(0)
    assert not compilations


def test_images_and_labels_must_fit(digits):
    (shown, labels), tests = digits
    for one in ((shown, labels), (shown[None], labels[None, 1:])):
        with pytest.raises(ValueError, match="with labels"):
            accuracy_scores(Linear(), *one, tests, **HOW)
