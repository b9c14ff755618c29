"""What one, two and three kinds of heads can mix."""

import jax
import jax.numpy as jnp
import numpy as np

from aejax.eval.mixing import (
    dense_by_attention,
    errors,
    in_places,
    one_head,
    simplex,
    two_heads,
    with_zero_token,
)


def test_two_heads_need_equal_row_sums_and_a_token_of_zeros_mends_it():
    m = np.random.default_rng(0).normal(size=(5, 5))
    equal = m - m.mean(1, keepdims=True)
    with jax.enable_x64(True):
        np.testing.assert_allclose(two_heads(equal), equal, atol=1e-12)
        assert np.abs(two_heads(m) - m).max() > 0.1
        np.testing.assert_allclose(two_heads(m).sum(1), m.sum(1).mean())
        np.testing.assert_allclose(with_zero_token(m), m, atol=1e-12)


def test_one_head_reaches_multiples_of_averages_alone():
    rows = np.random.default_rng(0).uniform(size=(4, 4))
    average = rows / rows.sum(1, keepdims=True)
    assert np.abs(one_head(average) - average).max() < 0.05
    assert np.abs(one_head(np.eye(4) - average) - (np.eye(4) - average)).max() > 0.2


def test_the_simplex_is_its_own_projection():
    rows = np.array([[0.2, 0.8, 0.0], [5.0, 0.0, 0.0], [-1.0, -1.0, -1.0]])
    expected = [[0.2, 0.8, 0.0], [1.0, 0.0, 0.0], [1 / 3] * 3]
    np.testing.assert_allclose(simplex(rows), expected)


def test_errors_are_of_the_nearest():
    m = np.random.default_rng(1).normal(size=(4, 4))
    with jax.enable_x64(True):
        found = errors(m)
    np.testing.assert_allclose(found["two_heads"], found["equal_sums"])
    assert found["with_zero_token"] < 1e-12 < found["two_heads"] < found["one_head"] < 1


def test_tokens_in_places_of_their_own_make_attention_a_dense_layer():
    random = np.random.default_rng(0)
    x, weights = random.normal(size=(3, 2)), random.normal(size=(3, 2, 3, 4))
    placed = in_places(jnp.asarray(x, jnp.float32))
    np.testing.assert_allclose(placed.sum(0), x.ravel(), rtol=1e-6)
    np.testing.assert_allclose(placed[1], [0, 0, *x[1], 0, 0], rtol=1e-6)
    with jax.enable_x64(True):
        found = dense_by_attention(jnp.asarray(x), jnp.asarray(weights))
    np.testing.assert_allclose(found, np.einsum("nc,ncmd->md", x, weights))
