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


def test_the_probe_guesses_where_noise_means_the_same_and_reads_where_not():
    labels = np.repeat(np.arange(4), 200)
    noise = np.tile(NOISE, (4, 1))
    # Noise and class lie in different coordinates of the code.
    apart = np.concatenate([noise, CENTRES[labels, 0]], -1)
    assert independence.class_probe(apart, noise, labels) < 0.35
    # Where noise is added to the centre the map has to mix them up.
    mixed = noise + CENTRES[labels, 0]
    assert independence.class_probe(mixed, noise, labels) > 0.6
    assert independence.read(mixed, labels) > 0.9
