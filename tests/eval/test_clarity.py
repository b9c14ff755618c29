import numpy as np

from aejax.eval.clarity import is_clear


def test_points_within_a_class_are_clear_and_those_between_two_are_not():
    random = np.random.default_rng(0)
    labels = np.repeat([0, 2], 50)
    known = random.normal(size=(100, 3)) + 20 * labels[:, None]
    points = np.array([[0.0] * 3, [40.0] * 3, [20.0] * 3])
    np.testing.assert_array_equal(is_clear(points, known, labels), [True, True, False])
    assert is_clear(points, known, labels, agreeing=5).all()


def test_without_classes_that_lie_apart_few_are_clear():
    random = np.random.default_rng(1)
    known, points = random.normal(size=(2, 500, 4))
    labels = random.integers(0, 10, 500)
    assert is_clear(points, known, labels).mean() < 0.01
