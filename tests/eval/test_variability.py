"""Variance within classes, on Gaussians whose variance is known."""

import numpy as np
import pytest

from aejax.eval.variability import variability, within_class_variance

LABELS = np.tile([0, 1, 2], 4000)
SCALES = np.array([1.0, 2.0, 0.5])


@pytest.fixture(scope="module")
def real():
    """Features [n, 3] with variances 1, 4 and 9, times a class's squared scale."""
    random = np.random.default_rng(0)
    spread = random.normal(size=(len(LABELS), 3)) * [1.0, 2.0, 3.0]
    return 30.0 * LABELS[:, None] + spread * SCALES[LABELS][:, None]


def test_variance_is_the_trace_of_the_covariance_of_a_class(real):
    found = within_class_variance(real, LABELS, 3)
    np.testing.assert_allclose(found, 14 * SCALES**2, rtol=0.05)
    traces = [np.trace(np.cov(real[c == LABELS], rowvar=False)) for c in range(3)]
    np.testing.assert_allclose(found, traces)


def test_distances_between_classes_do_not_count(real):
    moved = real - 30.0 * LABELS[:, None]
    expected = within_class_variance(real, LABELS, 3)
    np.testing.assert_allclose(within_class_variance(moved, LABELS, 3), expected)


def test_shrinking_towards_the_centre_costs_its_square(real):
    centres = np.stack([real[c == LABELS].mean(0) for c in range(3)])
    factors = np.array([1.0, 0.5, 0.0])[LABELS][:, None]
    shrunk = centres[LABELS] + factors * (real - centres[LABELS])
    found = variability(shrunk, LABELS, real, LABELS, 3)
    np.testing.assert_allclose(found.relative, [1, 0.25, 0], atol=1e-9)
    assert found.mean == pytest.approx(1.25 / 3)
    np.testing.assert_allclose(found.generated, found.relative * found.real, atol=1e-9)


def test_a_class_that_is_not_generated_has_none(real):
    kept = LABELS != 1
    found = variability(real[kept], LABELS[kept], real, LABELS, 3)
    np.testing.assert_allclose(found.relative, [1, np.nan, 1])
    assert found.mean == pytest.approx(1)
    nothing = variability(real[:3], LABELS[:3], real, LABELS, 3)
    assert np.isnan(nothing.mean)


def test_features_and_classes_must_fit(real):
    with pytest.raises(ValueError, match="with labels"):
        within_class_variance(real, LABELS[:-1], 3)
    with pytest.raises(ValueError, match="features"):
        variability(real[:, :2], LABELS, real, LABELS, 3)
