"""Obedience is a fraction of each class; noise is the same in every class."""

import jax
import numpy as np
import pytest

from aejax.eval.obedience import asked, by_nearest, obedience


def test_every_class_gets_the_same_noise():
    given = asked(jax.random.key(3), 4, 5, 2)
    noise = np.asarray(given["noise"]).reshape(4, 5, 2)
    assert (noise == noise[:1]).all()
    assert len(np.unique(noise[0])) == 10
    np.testing.assert_array_equal(given["label"], np.repeat(np.arange(4), 5))


def test_fractions_of_each_class():
    labels = np.array([0, 0, 0, 0, 1, 1])
    decided = np.eye(3)[[0, 0, 1, 0, 1, 2]]
    np.testing.assert_array_equal(obedience(decided, labels, 3), [0.75, 0.5, np.nan])
    with pytest.raises(ValueError, match="labels"):
        obedience(decided, labels[:3], 3)


def test_the_nearest_image_judges():
    """Two classes, one style: the first model draws both, the second only one."""
    known = np.array([[0.0, 0.1], [1.0, 0.9]])
    both, one = [[[0.1, 0.0]], [[0.9, 1.0]]], [[[0.1, 0.0]], [[0.0, 0.2]]]
    found = by_nearest(known, np.array([0, 1]), np.array([both, one]))
    np.testing.assert_array_equal(found[..., 0], [[True, True], [True, False]])
