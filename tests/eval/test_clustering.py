"""Agreement of categories and classes, against brute force and closed forms."""

from itertools import permutations

import numpy as np
import pytest

from aejax.eval import clustering


def test_the_matching_is_the_best_of_all():
    counts = np.random.default_rng(0).integers(0, 50, (20, 4, 4))
    for one in counts:
        found = clustering.match(one)
        best = max(
            sum(one[i, j] for i, j in enumerate(order))
            for order in permutations(range(4))
        )
        assert found.accuracy == pytest.approx(best / one.sum())
        assert sorted(found.classes) == [0, 1, 2, 3]


def test_renamed_categories_are_as_good():
    counts = np.random.default_rng(1).integers(0, 50, (5, 5))
    mixed = counts[[3, 1, 4, 0, 2]]
    assert clustering.match(mixed).accuracy == clustering.match(counts).accuracy
    assert clustering.nmi(mixed) == pytest.approx(clustering.nmi(counts))
    np.testing.assert_array_equal(
        clustering.confusion(mixed), clustering.confusion(counts)
    )


def test_two_categories_of_one_class_count_once():
    counts = [[6, 0], [4, 0], [0, 10]]
    found = clustering.match(counts)
    assert list(found.classes) == [0, -1, 1]
    assert found.accuracy == 16 / 20
    assert clustering.confusion(counts).tolist() == [[6, 0], [0, 10]]


def test_mutual_information_is_that_of_the_formula():
    counts = np.random.default_rng(2).integers(1, 30, (3, 4))
    joint = counts / counts.sum()
    rows, columns = joint.sum(1), joint.sum(0)
    information = (joint * np.log(joint / np.outer(rows, columns))).sum()
    entropies = [-(p * np.log(p)).sum() for p in (rows, columns)]
    assert clustering.nmi(counts) == pytest.approx(information / np.mean(entropies))


def test_bounds_of_the_mutual_information():
    assert clustering.nmi(np.diag([3, 5, 2])) == pytest.approx(1)
    assert clustering.nmi(np.full((3, 3), 7)) == pytest.approx(0, abs=1e-12)
    assert clustering.nmi([[5, 5], [0, 0]]) == pytest.approx(0, abs=1e-12)


def test_a_table_counts_every_example():
    counts = clustering.table([0, 2, 2, 1], [1, 0, 0, 1], (3, 2))
    assert counts.tolist() == [[0, 1], [0, 1], [2, 0]]
    with pytest.raises(ValueError, match="beyond"):
        clustering.table([3], [0], (3, 2))


@pytest.mark.parametrize("counts", [np.zeros((2, 2)), np.zeros(3)])
def test_no_example_is_refused(counts):
    with pytest.raises(ValueError, match="no example"):
        clustering.match(counts)
