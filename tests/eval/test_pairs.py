"""Pairs of images of different classes."""

import jax
import numpy as np
import pytest

from aejax.errors import UserError
from aejax.eval import pairs

LABELS = np.repeat(np.arange(3), 20)


def test_pairs_are_of_different_classes_and_follow_from_the_key():
    found = pairs.draw(jax.random.key(0), LABELS, 500)
    assert found.shape == (500, 2)
    assert (LABELS[found[:, 0]] != LABELS[found[:, 1]]).all()
    again = pairs.draw(jax.random.key(0), LABELS, 500)
    np.testing.assert_array_equal(found, again)
    assert (found != pairs.draw(jax.random.key(1), LABELS, 500)).any()
    # Every image is in about 500 * 2 / 60 = 17 pairs.
    counts = np.bincount(found.ravel(), minlength=60)
    assert 3 < counts.min() <= counts.max() < 40


def test_of_one_class_there_are_no_pairs():
    with pytest.raises(UserError, match="one class"):
        pairs.draw(jax.random.key(0), np.zeros(9, int), 5)


def test_pairs_are_read_as_they_are_written():
    found = pairs.parse(["0-59", "25-3"], LABELS)
    np.testing.assert_array_equal(found, [[0, 59], [25, 3]])


@pytest.mark.parametrize("word", ["3", "1-2-3", "0-60", "0-1", "a-b", "0--30"])
def test_what_is_no_pair_is_rejected(word):
    with pytest.raises(UserError, match="numbered from 0 to 59, as in 3-17,250-4"):
        pairs.parse([word], LABELS)
