"""Contrastive objectives against loops, and at their extremes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax.losses import contrastive

cluster_contrast = jax.jit(contrastive.cluster_contrast)
info_nce = jax.jit(contrastive.info_nce)


@pytest.fixture(scope="module")
def pair():
    keys = jax.random.split(jax.random.key(3), 2)
    return tuple(jax.random.normal(key, (5, 3)) for key in keys)


def looped(views, others, temperature):
    """NT-Xent as its paper writes it, a pair at a time."""
    rows = np.concatenate([views, others]).astype(np.float64)
    n, total = len(views), 0.0
    for i, row in enumerate(rows):
        scores = [
            row @ other / np.linalg.norm(row) / np.linalg.norm(other) / temperature
            for other in rows
        ]
        rest = sum(np.exp(s) for j, s in enumerate(scores) if j != i)
        total -= np.log(np.exp(scores[(i + n) % (2 * n)]) / rest)
    return total / (2 * n)


@pytest.mark.parametrize("temperature", [0.1, 0.5, 1.0])
def test_info_nce_is_that_of_the_paper(pair, temperature):
    expected = looped(*pair, temperature)
    np.testing.assert_allclose(info_nce(*pair, temperature), expected, rtol=1e-5)


def test_info_nce_knows_neither_order_nor_length_nor_side(pair):
    views, others = pair
    order, value = jnp.array([3, 1, 4, 0, 2]), info_nce(views, others, 0.5)
    for same in (
        info_nce(views[order], others[order], 0.5),
        info_nce(3 * views, others / 7, 0.5),
        info_nce(others, views, 0.5),
    ):
        np.testing.assert_allclose(same, value, rtol=1e-5)


def test_info_nce_of_rows_all_alike_is_that_of_guessing():
    alike = jnp.ones((6, 2))
    np.testing.assert_allclose(info_nce(alike, alike, 0.5), np.log(11), rtol=1e-6)


def test_info_nce_of_zeros_has_a_finite_gradient():
    gradient = jax.grad(info_nce)(jnp.zeros((4, 3)), jnp.ones((4, 3)), 0.5)
    assert jnp.isfinite(gradient).all()


def test_cluster_contrast_is_least_for_sure_even_and_equal_categories():
    sure = jnp.tile(jnp.eye(3), (4, 1))
    # Columns that differ are orthogonal: a partner at cosine 1 among 4 at 0.
    expected = np.log(np.e + 4) - 1 - 2 * np.log(3)
    np.testing.assert_allclose(cluster_contrast(sure, sure), expected, rtol=1e-5)
    uneven = jnp.concatenate([sure[:3], jnp.tile(sure[:1], (9, 1))])
    unsure = jnp.full((12, 3), 1 / 3)
    for worse in ((uneven, uneven), (unsure, unsure), (sure, jnp.roll(sure, 1, 0))):
        assert cluster_contrast(*worse) > expected + 0.1


def test_categories_may_be_named_otherwise(pair):
    chances = [jax.nn.softmax(logits) for logits in pair]
    renamed = [one[:, jnp.array([2, 0, 1])] for one in chances]
    np.testing.assert_allclose(
        cluster_contrast(*renamed), cluster_contrast(*chances), rtol=1e-5
    )
