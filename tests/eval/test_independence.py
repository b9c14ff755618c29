"""Shapes of the same noise: equal up to the class, unrelated, or told by the class."""

import itertools

import numpy as np
import pytest

from aejax.eval import independence

RANDOM = np.random.default_rng(0)
NOISE = RANDOM.normal(size=(200, 3))
CENTRES = 5 * RANDOM.normal(size=(4, 1, 3))


def test_shapes_that_move_alike_correlate_fully_wherever_their_class_lies():
    codes = CENTRES + NOISE * np.array([1, 2, 3, 4])[:, None, None]
    np.testing.assert_allclose(independence.shape_correlation(codes), 1)


def test_unrelated_shapes_do_not_correlate():
    codes = CENTRES + RANDOM.normal(size=(4, 200, 3))
    found = independence.shape_correlation(codes)
    assert found.shape == (200,)
    assert abs(found.mean()) < 4 * found.std() / np.sqrt(200)


def test_it_is_the_mean_cosine_of_pairs():
    codes = RANDOM.normal(size=(3, 6, 2))
    white = (codes - codes.mean(1, keepdims=True)) / codes.std(1, keepdims=True)
    white /= np.linalg.norm(white, axis=-1, keepdims=True)
    pairs = [(a * b).sum(-1) for a, b in itertools.combinations(white, 2)]
    expected = np.mean(pairs, 0)
    np.testing.assert_allclose(independence.shape_correlation(codes), expected)
    with pytest.raises(ValueError, match="two or more"):
        independence.shape_correlation(codes[:1])


def test_noise_is_read_in_a_new_class_where_it_means_the_same():
    alike = CENTRES + NOISE @ RANDOM.normal(size=(3, 3))
    assert independence.noise_in_new_class(alike, NOISE) > 0.999
    # Every class turns the noise in a way of its own, or has noise of its own.
    turned = np.stack([NOISE @ RANDOM.normal(size=(3, 3)) for _ in range(4)])
    assert independence.noise_in_new_class(turned, NOISE) < 0.9
    unrelated = RANDOM.normal(size=(4, 200, 3))
    assert abs(independence.noise_in_new_class(unrelated, NOISE)) < 0.15
    # A coordinate of the noise that codes ignore cannot be read.
    half = alike[..., :1] * np.ones(3)
    constant = CENTRES + np.zeros((4, 200, 3))
    assert independence.noise_in_new_class(constant, NOISE) == 0
    assert independence.noise_in_new_class(half, NOISE) < 0.9


def test_classes_are_read_where_codes_tell_them():
    labels = np.repeat(np.arange(4), 200)
    assert independence.read(CENTRES[labels, 0] + np.tile(NOISE, (4, 1)), labels) > 0.9
    assert independence.read(np.tile(NOISE, (4, 1)), labels) < 0.35
