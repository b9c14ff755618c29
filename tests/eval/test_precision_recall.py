"""Precision and recall: all distances in float64, and sets whose answer is known."""

import numpy as np
import pytest

from aejax.eval.distances import BLOCK
from aejax.eval.precision_recall import class_recall, precision_recall


def all_pairs(generated, real, k):
    def fraction(points, others):
        own = np.sqrt(np.square(others[:, None] - others[None]).sum(-1))
        np.fill_diagonal(own, np.inf)
        radii = np.sort(own, 1)[:, k - 1]
        away = np.sqrt(np.square(points[:, None] - others[None]).sum(-1))
        return (away <= radii[None]).any(1).mean()

    return fraction(generated, real), fraction(real, generated)


@pytest.mark.parametrize("k", [1, 3, 5])
@pytest.mark.parametrize("sizes", [(6, 9), (BLOCK + 7, 70)])
def test_against_all_pairs_in_float64(sizes, k):
    random = np.random.default_rng(k)
    generated = random.normal(size=(sizes[0], 4))
    real = random.normal(size=(sizes[1], 4)) * 1.5 + 20
    expected = all_pairs(generated + 20, real, k)
    found = precision_recall(generated + 20, real, k)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_equal_sets_have_both_and_distant_ones_none():
    points = np.random.default_rng(0).normal(size=(60, 3))
    assert precision_recall(points, points) == (1, 1)
    assert precision_recall(points, points[::-1]) == (1, 1)
    assert precision_recall(points, points + 100) == (0, 0)


def test_one_of_two_modes_is_realistic_and_half_of_all():
    random = np.random.default_rng(1)
    modes = np.repeat([[-50.0, 0.0], [50.0, 0.0]], 300, 0)
    real = modes + random.normal(size=(600, 2))
    generated = np.array([[50.0, 0.0]]) + 0.9 * random.normal(size=(600, 2))
    found = precision_recall(generated, real)
    assert found.precision > 0.95
    assert found.recall == pytest.approx(0.5, abs=0.03)
    swapped = precision_recall(real, generated)
    assert swapped == (found.recall, found.precision)


def test_one_image_again_and_again_is_realistic_and_not_all():
    """Its radius is 0: no real image lies within, but the one that was copied."""
    real = np.random.default_rng(2).normal(size=(50, 3))
    found = precision_recall(np.repeat(real[:1], 40, 0), real)
    assert found.precision == 1
    assert found.recall == pytest.approx(1 / 50)


def test_a_point_is_no_neighbour_of_its_own():
    """On a line with steps of 1 the first neighbour is 1 away, the third 2."""
    real = np.arange(10.0)[:, None]
    between = np.array([[11.5], [10.5], [9.5], [-0.9]])
    assert precision_recall(between, real, 1).precision == 0.5
    # Radii are 3 at the ends, so 11.5 lies within, too.
    assert precision_recall(between, real, 3).precision == 1


def test_both_grow_with_the_number_of_neighbours():
    random = np.random.default_rng(3)
    generated, real = random.normal(size=(2, 100, 8))
    found = np.array([precision_recall(generated, real, k) for k in (1, 3, 9)])
    assert (np.diff(found, axis=0) >= 0).all()
    assert (found[-1] > found[0]).all()


def test_recall_of_a_class_knows_its_images_alone():
    """One class is generated whole, one as a single image, one is too small."""
    random = np.random.default_rng(4)
    labels = np.repeat([0, 1, 2], [200, 200, 3])
    real = random.normal(size=(403, 2)) + 20 * labels[:, None]
    generated = np.where(labels[:, None] == 1, [[20.0, 0.0]], real)
    whole, one, unknown = class_recall(generated, labels, real, labels, 3)
    assert whole == 1
    assert one < 0.05
    assert np.isnan(unknown)


def test_recall_of_a_class_is_of_equally_many_images():
    """The last hundred samples are dropped, where there are more than images."""
    random = np.random.default_rng(5)
    real, generated = random.normal(size=(100, 2)), random.normal(size=(200, 2))
    (found,) = class_recall(generated, np.zeros(200), real, np.zeros(100), 1)
    assert found == precision_recall(generated[:100], real).recall


def test_there_must_be_more_images_than_neighbours():
    with pytest.raises(ValueError, match="at least 4"):
        precision_recall(np.zeros((3, 2)), np.zeros((9, 2)))
    with pytest.raises(ValueError, match="0 neighbours"):
        precision_recall(np.zeros((3, 2)), np.zeros((9, 2)), 0)
    with pytest.raises(ValueError, match="shapes"):
        precision_recall(np.zeros((9, 3)), np.zeros((9, 2)))
