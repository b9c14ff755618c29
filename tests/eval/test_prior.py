"""Codes against the prior: closed forms, and draws from it."""

import numpy as np
import pytest
from scipy import stats

from aejax.eval import prior


@pytest.fixture(scope="module")
def drawn():
    return np.random.default_rng(3).normal(size=(2000, 2))


def test_the_grid_cuts_the_prior_into_equal_shares():
    points = prior.quantile_grid(4)
    assert points.shape == (16, 2)
    np.testing.assert_allclose(
        stats.norm.cdf(points[:4, 0]), [0.125, 0.375, 0.625, 0.875]
    )
    # The first row is the top one.
    np.testing.assert_allclose(
        stats.norm.cdf(points[::4, 1]), [0.875, 0.625, 0.375, 0.125]
    )


def test_distance_of_scaled_and_shifted_codes_is_known(drawn):
    assert prior.distance_to_prior(drawn) < 0.06
    # N(0, s^2) is |s - 1| from N(0, 1) in every direction.
    assert prior.distance_to_prior(3 * drawn) == pytest.approx(2, abs=0.1)
    far = drawn + np.array([4.0, 0.0])
    # A shift by m is m cos(angle) in each direction: m / sqrt(2) in the mean square.
    assert prior.distance_to_prior(far) == pytest.approx(4 / np.sqrt(2), rel=0.1)


def test_overlap_is_none_for_classes_apart_and_chance_for_one_cloud(drawn):
    labels = np.arange(2000) % 4
    apart = drawn + 20 * np.stack([labels, labels % 2], axis=1)
    assert prior.class_overlap(apart, labels) == 0
    assert prior.class_overlap(drawn, labels) == pytest.approx(3 / 4, abs=0.04)


def test_two_classes_overlap_as_bayes_says(drawn):
    labels = np.arange(2000) % 2
    moved = drawn + np.stack([2 * labels, 0 * labels], axis=1)
    # The best rule cuts half-way, one deviation from each.
    best = stats.norm.cdf(-1)
    assert best - 0.01 < prior.class_overlap(moved, labels, 50) < best + 0.03


def test_points_are_empty_by_chance_as_often_as_is_said():
    points = prior.quantile_grid(20)
    random = np.random.default_rng(5)
    shares = [
        prior.empty(points, random.normal(size=(500, 2)), chance).mean()
        for chance in (0.2, 0.2, 0.2, 0.2)
    ]
    assert np.mean(shares) == pytest.approx(0.2, abs=0.03)


def test_points_without_codes_are_empty(drawn):
    points = prior.quantile_grid(20)
    right = drawn[drawn[:, 0] > 0]
    found = prior.empty(points, right)
    assert found[points[:, 0] < -0.3].all()
    assert found[points[:, 0] > 0.1].mean() < 0.1


def test_codes_without_information_overlap_as_much_as_the_largest_class_leaves():
    labels = np.repeat([0, 1, 2], [5, 3, 2])
    assert prior.overlap_by_chance(labels) == pytest.approx(0.5)


def test_points_are_displaced_if_they_return_elsewhere(drawn):
    assert prior.displaced(drawn, drawn, 0.5) == 0
    assert prior.displaced(drawn, drawn + np.array([0.6, 0.0]), 0.5) == 1
    # Of N(0, I) in the plane exp(-r^2 / 2) lies beyond r.
    found = prior.displaced(drawn, np.zeros_like(drawn), 0.5)
    assert found == pytest.approx(np.exp(-1 / 8), abs=0.02)
