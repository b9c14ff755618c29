"""Parts of a data set: which examples are in them."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import data
from aejax.data import splits

CLASSES = 10
LABELS = np.random.default_rng(0).integers(0, CLASSES, 400)


def test_only_mnist_contains_the_test_images_of_another_set():
    pairs = {(a, b) for a in data.NAMES for b in data.NAMES if splits.contains(a, b)}
    assert pairs == {("mnist", "mnist_5k")}


def test_one_per_class_is_the_first_of_each_class_that_occurs():
    found = splits.one_per_class(np.array([7, 2, 2, 7, 0]))
    np.testing.assert_array_equal(found, [4, 1, 0])


def test_some_are_distinct_increasing_and_always_the_same():
    found = splits.some(1_000, 50)
    assert found.shape == (50,)
    assert (np.diff(found) > 0).all()
    assert found.min() >= 0
    assert found.max() < 1_000
    np.testing.assert_array_equal(found, splits.some(1_000, 50))
    # Sorting must not mean that only the first ones are chosen.
    assert 350 < found.mean() < 650


def test_some_of_fewer_than_asked_for_are_all():
    np.testing.assert_array_equal(splits.some(3, 10), [0, 1, 2])


def test_the_last_of_each_group_is_held_out():
    images = data.Images(np.arange(8).reshape(8, 1, 1, 1), np.arange(8) * 10)
    kept, held = splits.held_out(images, 3)
    np.testing.assert_array_equal(held.labels, [20, 50])
    np.testing.assert_array_equal(kept.labels, [0, 10, 30, 40, 60, 70])
    for part in (kept, held):
        assert part.images.shape == (len(part.labels), 1, 1, 1)
        np.testing.assert_array_equal(part.images.ravel() * 10, part.labels)


@pytest.mark.parametrize("every", [1, 0, -2])
def test_not_all_examples_can_be_held_out(every):
    images = data.Images(np.zeros((4, 1, 1, 1), np.uint8), np.zeros(4, np.int32))
    with pytest.raises(ValueError, match="2 or more"):
        splits.held_out(images, every)


def chosen(each, seeds=6):
    labels = jnp.asarray(LABELS, jnp.int32)
    choose = partial(splits.balanced, labels=labels, classes=CLASSES, each=each)
    return np.asarray(jax.vmap(choose)(jax.random.split(jax.random.key(0), seeds)))


def test_balanced_choices_have_equally_many_of_every_class_and_none_twice():
    rows = chosen(each=4)
    for row in rows:
        assert len(set(row)) == len(row)
        np.testing.assert_array_equal(LABELS[row], np.repeat(np.arange(CLASSES), 4))
    np.testing.assert_array_equal(rows, chosen(each=4))
    assert len({tuple(row) for row in rows}) == len(rows)


def test_a_smaller_choice_is_part_of_a_larger_one():
    for few, many in zip(chosen(each=2), chosen(each=7), strict=True):
        assert set(few) < set(many)


def test_a_balanced_choice_may_take_every_example_of_the_rarest_class():
    rarest = int(np.bincount(LABELS).min())
    rows = chosen(rarest, seeds=2)
    assert all(len(set(row)) == rarest * CLASSES for row in rows)


def test_balanced_choices_are_uniform():
    """Each example of a class equally often, within five standard deviations."""
    counts = np.bincount(chosen(each=3, seeds=2000).ravel(), minlength=len(LABELS))
    fraction = 3 / np.bincount(LABELS)[LABELS]
    deviation = np.sqrt(2000 * fraction * (1 - fraction))
    assert (abs(counts - 2000 * fraction) < 5 * deviation).all()


@pytest.mark.parametrize(
    ("total", "reason"),
    [(4, ""), (3, "multiples of the 2"), (6, "rarest class has 2 training")],
)
def test_what_cannot_be_balanced_is_known(total, reason):
    found = splits.unbalanced(total, np.array([0, 0, 0, 1, 1]), 2)
    assert reason in found if reason else found == ""
