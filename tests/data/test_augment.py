"""Augmented images show the same things at other positions."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax.data import augment


@pytest.fixture
def dots():
    """Eight images of 9 x 9, each with one bright pixel in the middle."""
    return jnp.zeros((8, 9, 9, 1), jnp.uint8).at[:, 4, 4].set(200)


def test_shift_moves_by_whole_pixels_within_reach(dots):
    moved = np.asarray(augment.shift(jax.random.key(0), dots, 2))
    assert moved.dtype == np.uint8
    at = np.argwhere(moved[..., 0])
    np.testing.assert_array_equal(at[:, 0], np.arange(8))
    assert (moved.max((1, 2, 3)) == 200).all()
    assert np.abs(at[:, 1:] - 4).max() <= 2
    assert len({tuple(position) for position in at[:, 1:]}) > 3


def test_shift_by_nothing_changes_nothing(dots):
    np.testing.assert_array_equal(augment.shift(jax.random.key(0), dots, 0), dots)


def test_what_is_moved_out_is_lost():
    full = jnp.ones((64, 4, 4, 2))
    moved = np.asarray(augment.shift(jax.random.key(3), full, 1))
    sums = set(moved[..., 0].sum((1, 2)))
    assert sums == {16.0, 12.0, 9.0}


def test_distortion_of_no_strength_changes_nothing():
    noise = jax.random.uniform(jax.random.key(1), (3, 8, 6, 2))
    same = augment.distort(jax.random.key(0), noise, 0.0)
    np.testing.assert_allclose(same, noise, atol=1e-6)


def test_distortion_keeps_the_middle_near_and_the_range():
    blob = jnp.zeros((32, 28, 28, 1)).at[:, 11:17, 11:17].set(1.0)
    bent = np.asarray(augment.distort(jax.random.key(0), blob))
    assert bent.min() >= 0
    assert bent.max() <= 1 + 1e-6
    rows = (bent.sum((2, 3)) * np.arange(28)).sum(1) / bent.sum((1, 2, 3))
    assert np.abs(rows - 13.5).max() < 4
    assert np.ptp(rows) > 1
    # Scales within 15 % along both axes: the area changes by a third at most.
    areas = bent.sum((1, 2, 3)) / 36
    assert 0.7 < areas.min() < areas.max() < 1.45


def test_a_quarter_turn_is_that_of_numpy():
    """Exact in odd and even images; full turns change nothing."""
    for size in (8, 9):
        noise = jax.random.uniform(jax.random.key(1), (3, size, size, 2))
        angles = jnp.array([np.pi / 2, np.pi, -2 * np.pi])
        turned = augment.rotate(noise, angles)
        for image, found, times in zip(noise, turned, (1, 2, 0), strict=True):
            np.testing.assert_allclose(found, np.rot90(image, times), atol=2e-5)


def test_rolled_images_say_by_how_much(dots):
    moved, by = augment.rolled(np.asarray(dots), 3, seed=0)
    at = np.argwhere(moved[..., 0])[:, 1:]
    np.testing.assert_array_equal(at, 4 + by)
    assert np.abs(by).max() <= 3 and len(np.unique(by)) > 3
    np.testing.assert_array_equal(augment.rolled(np.asarray(dots), 3, seed=0)[1], by)
