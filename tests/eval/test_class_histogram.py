"""Counts of classes, and how far their distributions are apart."""

import numpy as np
import pytest

from aejax.eval.class_histogram import class_histogram, total_variation


def test_counts_and_distance_of_a_generator_that_leaves_out_a_class():
    found = class_histogram([0, 0, 1, 1], [0, 1, 2, 0, 1, 2], 4)
    np.testing.assert_array_equal(found.generated, [2, 2, 0, 0])
    np.testing.assert_array_equal(found.real, [2, 2, 2, 0])
    # The third class has 1/3 of the data and nothing of the generator's.
    assert found.distance == pytest.approx(1 / 3)


def test_distance_is_0_for_equal_and_1_for_disjoint_distributions():
    assert total_variation([1, 2, 3], [10, 20, 30]) == pytest.approx(0)
    assert total_variation([1, 0, 1], [0, 5, 0]) == 1
    assert total_variation([3, 1], [1, 3]) == total_variation([1, 3], [3, 1]) == 0.5


@pytest.mark.parametrize("decisions", [[0, 3], [-1, 0], []])
def test_classes_must_be_known(decisions):
    with pytest.raises(ValueError, match="from 0 to 2"):
        class_histogram(decisions, [0, 1, 2], 3)
