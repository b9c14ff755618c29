import numpy as np

from aejax.eval.steepness import steepness


def test_of_a_linear_decoder_it_is_the_length_of_its_columns():
    matrix = np.array([[3.0, 0, 0], [0, 0.5, 0]])
    codes, along = np.random.default_rng(0).normal(size=(2, 2)), np.diag([7.0, 0.1])
    found = steepness(lambda z: (z @ matrix).reshape(-1, 3, 1), codes, along)
    np.testing.assert_allclose(found, [3, 0.5])


def test_it_is_where_the_codes_are():
    codes = np.array([[0.0], [2.0]])
    found = steepness(np.square, codes, np.ones((2, 1)), 1e-3)
    np.testing.assert_allclose(found, [0, 4], atol=2e-3)
