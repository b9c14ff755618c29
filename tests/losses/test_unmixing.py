"""Errors of unmixed images: in the given order, and in whichever is nearer."""

from itertools import permutations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax.losses import unmixing


@pytest.fixture(scope="module")
def both():
    """Parts that are near to the originals, to the swapped ones, or to neither."""
    random = np.random.default_rng(0)
    originals = random.uniform(size=(9, 2, 4, 5, 3)).astype(np.float32)
    parts = originals + random.normal(size=originals.shape).astype(np.float32) / 10
    parts[3:6] = parts[3:6, ::-1]
    parts[6:] = random.uniform(size=(3, 2, 4, 5, 3))
    return jnp.asarray(parts), jnp.asarray(originals)


def looped(parts, originals, order):
    """Sum of the two mean squared errors, an example at a time."""
    return [
        sum(np.square(x[i] - y[j]).mean() for i, j in enumerate(order))
        for x, y in zip(np.float64(parts), np.float64(originals), strict=True)
    ]


def test_the_error_in_order_is_the_sum_of_both(both):
    expected = looped(*both, (0, 1))
    np.testing.assert_allclose(unmixing.ordered(*both), expected, rtol=1e-5)
    found = unmixing.errors(*both)
    assert found.shape == (9, 2)
    np.testing.assert_allclose(found.sum(1), expected, rtol=1e-5)


def test_the_invariant_error_is_the_least_of_all_assignments(both):
    of_each = np.stack([looped(*both, order) for order in permutations(range(2))])
    np.testing.assert_allclose(unmixing.invariant(*both), of_each.min(0), rtol=1e-5)
    assert of_each.argmin(0)[:6].tolist() == [0, 0, 0, 1, 1, 1]
    swapped = unmixing.is_swapped(*both)
    np.testing.assert_array_equal(swapped, of_each.argmin(0) == 1)


def test_swapping_changes_nothing_for_the_invariant_error_alone(both):
    parts, originals = both
    expected = unmixing.invariant(*both)
    for same in ((parts[:, ::-1], originals), (parts, originals[:, ::-1])):
        np.testing.assert_allclose(unmixing.invariant(*same), expected, rtol=1e-6)
        assert (unmixing.ordered(*same) != unmixing.ordered(*both)).all()


def test_assigned_parts_are_in_the_order_of_their_originals(both):
    parts, originals = both
    found = unmixing.assigned(parts, originals)
    np.testing.assert_array_equal(found[:3], parts[:3])
    np.testing.assert_array_equal(found[3:6], parts[3:6, ::-1])
    np.testing.assert_array_equal(unmixing.assigned(parts, originals, 0.0), parts)


def test_members_of_one_program_may_have_either(both):
    rules = jnp.array([0.0, 1.0])
    found = jax.jit(jax.vmap(lambda rule: unmixing.assigned_error(*both, rule)))(rules)
    np.testing.assert_allclose(found[0], unmixing.ordered(*both), rtol=1e-6)
    np.testing.assert_allclose(found[1], unmixing.invariant(*both), rtol=1e-6)


def test_the_gradient_is_that_of_the_nearer_order(both):
    parts, originals = both
    found = jax.grad(lambda p: unmixing.invariant(p, originals).sum())(parts)
    nearer = np.array(originals)
    swapped = np.asarray(unmixing.is_swapped(*both))
    nearer[swapped] = nearer[swapped, ::-1]
    expected = 2 * (np.asarray(parts) - nearer) / originals[0, 0].size
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-8)


def test_the_mixture_twice_has_a_quarter_of_the_distance_of_the_originals(both):
    _, originals = both
    first, second = np.float64(originals[:, 0]), np.float64(originals[:, 1])
    mixture = originals.mean(1)
    found = unmixing.errors(jnp.stack([mixture, mixture], 1), originals)
    expected = np.square(first - second).mean((1, 2, 3)) / 4
    np.testing.assert_allclose(found[:, 0], expected, rtol=1e-5)
    np.testing.assert_allclose(found[:, 1], expected, rtol=1e-5)


@pytest.mark.parametrize("t", [-1.0, -0.5, 0.0, 0.25, 1.0])
def test_of_pairs_in_both_orders_the_plain_error_is_least_at_the_mixture(both, t):
    """Exchangeable data have each pair in both orders, and one answer for both.

    For m + t d and m - t d, where m + d and m - d are the originals, the plain error is
    2 (1 + t^2) |d|^2 on average, least at t = 0: it collapses to the mixture. The
    invariant one is 2 (1 - |t|)^2 |d|^2, and 0 at the originals, in any order.
    """
    _, originals = both
    orders = jnp.concatenate([originals, originals[:, ::-1]])
    mixture, half = originals.mean(1), (originals[:, 0] - originals[:, 1]) / 2
    answer = jnp.stack([mixture + t * half, mixture - t * half], 1)
    parts = jnp.concatenate([answer, answer])
    square = np.square(half).mean()
    plain = unmixing.ordered(parts, orders).mean()
    np.testing.assert_allclose(plain, 2 * (1 + t**2) * square, rtol=1e-5)
    nearer = unmixing.invariant(parts, orders).mean()
    np.testing.assert_allclose(nearer, 2 * (1 - abs(t)) ** 2 * square, atol=1e-7)
