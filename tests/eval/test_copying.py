"""The nearest training image, against all differences; copies are found as such."""

import numpy as np
import pytest
from scipy import stats

from aejax import data
from aejax import images as im
from aejax.eval.copying import copying, nearest_training_images
from aejax.eval.distances import BLOCK


@pytest.fixture(scope="module")
def digits():
    return data.load("mnist_5k", "train").images[:1500]


def test_the_nearest_is_that_of_all_differences(digits):
    images, train = digits[: BLOCK + 40], digits[600:]
    found = nearest_training_images(images, train)
    a, b = (x.reshape(len(x), -1) / 255 for x in (images, train))
    expected = np.square(a).sum(1)[:, None] + np.square(b).sum(1)[None] - 2 * a @ b.T
    np.testing.assert_array_equal(found.places, expected.argmin(1))
    np.testing.assert_allclose(found.distances, np.sqrt(expected.min(1)), rtol=1e-5)
    assert found.places.dtype == np.int32


@pytest.mark.parametrize("kind", ["uint8", "float32"])
def test_a_copy_is_at_distance_zero_exactly(digits, kind):
    copies = digits[100:110]
    shown = copies if kind == "uint8" else im.unit(copies)
    found = nearest_training_images(shown, digits)
    np.testing.assert_array_equal(found.distances, 0)
    np.testing.assert_array_equal(found.places, np.arange(100, 110))


def test_the_least_change_of_a_pixel_is_seen(digits):
    """Of two training images the one that differs by one grey level is the farther."""
    changed = digits[:1].copy()
    changed[0, 14, 14, 0] ^= 1
    train = np.concatenate([changed, digits[:300]])
    found = nearest_training_images(np.concatenate([digits[:1], changed]), train)
    np.testing.assert_array_equal(found.places, [1, 0])
    np.testing.assert_array_equal(found.distances, 0)
    only = nearest_training_images(changed, digits[:300])
    assert only.distances[0] == pytest.approx(1 / 255, rel=1e-3)


def test_features_and_a_single_training_image_will_do():
    found = nearest_training_images(
        np.array([[3.0, 0.0], [0.0, 0.0]]), np.zeros((1, 2))
    )
    np.testing.assert_allclose(found.distances, [3, 0])
    np.testing.assert_array_equal(found.places, [0, 0])


def test_images_must_fit(digits):
    with pytest.raises(ValueError, match="shapes"):
        nearest_training_images(digits[:2, :14], digits)
    with pytest.raises(ValueError, match="at least 1"):
        nearest_training_images(digits[:0], digits)


def test_copying_is_the_fraction_of_ordered_pairs():
    random = np.random.default_rng(0)
    # Small integers, so that many are equal; these count half.
    generated, held_out = random.integers(0, 9, 30), random.integers(2, 11, 40)
    pairs = np.sign(held_out[:, None] - generated[None])
    assert copying(generated, held_out) == pytest.approx((pairs.mean() + 1) / 2)
    peer = stats.mannwhitneyu(held_out, generated).statistic / (30 * 40)
    assert copying(generated, held_out) == pytest.approx(peer)


def test_copying_of_known_generators():
    held_out = np.random.default_rng(1).uniform(1, 2, 500)
    assert copying(np.zeros(10), held_out) == 1
    assert copying(np.full(10, 3.0), held_out) == 0
    assert copying(held_out, held_out) == pytest.approx(0.5)


def test_a_generator_that_copies_is_told_from_one_that_does_not():
    random = np.random.default_rng(2)
    train, fresh, held_out = random.normal(size=(3, 400, 5))
    copies = train[:200] + 0.05 * random.normal(size=(200, 5))
    reference = nearest_training_images(held_out, train).distances
    near = nearest_training_images(copies, train).distances
    far = nearest_training_images(fresh, train).distances
    assert copying(near, reference) > 0.95
    assert copying(far, reference) == pytest.approx(0.5, abs=0.06)
