"""The batches of a run: permutations, the same for any division into chunks."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import keys
from aejax.batches import batch_indices

indices = jax.jit(batch_indices, static_argnums=(2, 3, 4))
KEY = keys.stream(0, keys.BATCHES)


def batches(first, steps, examples, batch_size, key=KEY):
    found = indices(key, jnp.int32(first), steps, examples, batch_size)
    assert found.shape == (steps, batch_size)
    assert found.dtype == jnp.int32
    return np.asarray(found)


@pytest.mark.parametrize(("examples", "batch_size"), [(12, 4), (13, 4), (5, 5), (7, 1)])
def test_every_epoch_sees_every_example_at_most_once(examples, batch_size):
    per_epoch = examples // batch_size
    found = batches(0, 6 * per_epoch, examples, batch_size)
    epochs = found.reshape(6, per_epoch * batch_size)
    for epoch in epochs:
        assert len(set(epoch)) == per_epoch * batch_size
        assert set(epoch) <= set(range(examples))
    if examples > 5:
        assert len({tuple(epoch) for epoch in epochs}) == 6


def test_whole_epochs_see_everything():
    found = batches(0, 3, 12, 4)
    assert sorted(found.ravel()) == list(range(12))


def test_those_left_over_differ_from_epoch_to_epoch():
    found = batches(0, 3 * 20, 13, 4).reshape(20, 12)
    missing = {(set(range(13)) - set(epoch)).pop() for epoch in found}
    assert len(missing) > 3


@pytest.mark.parametrize("per_chunk", [1, 3, 4, 10])
def test_any_division_into_chunks_gives_the_same_batches(per_chunk):
    whole = batches(0, 23, 13, 4)
    parts = [
        batches(first, min(per_chunk, 23 - first), 13, 4)
        for first in range(0, 23, per_chunk)
    ]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_far_into_a_run():
    whole = batches(999_990, 20, 13, 4)
    np.testing.assert_array_equal(batches(1_000_000, 10, 13, 4), whole[10:])


def test_the_first_step_may_be_traced_and_mapped():
    expected = [batches(first, 5, 13, 4) for first in range(6)]
    mapped = jax.vmap(lambda first: batch_indices(KEY, first, 5, 13, 4))
    np.testing.assert_array_equal(jax.jit(mapped)(jnp.arange(6)), expected)


def test_wide_integers_change_nothing(x64):
    with jax.enable_x64(False):
        narrow = batches(3, 9, 13, 4)
    np.testing.assert_array_equal(batches(3, 9, 13, 4), narrow)


def test_another_seed_gives_other_batches():
    others = [batches(0, 6, 13, 4, keys.stream(seed, keys.BATCHES)) for seed in (1, 2)]
    assert (others[0] != others[1]).mean() > 0.5


def test_examples_are_drawn_evenly():
    """The first of each epoch is uniform: chi-square over 2,000 epochs."""
    first = batches(0, 4000, 8, 4)[::2, 0]
    counts = np.bincount(first, minlength=8)
    chi_square = ((counts - 250) ** 2 / 250).sum()
    assert chi_square < 24.3  # the 0.999 quantile with 7 degrees of freedom
