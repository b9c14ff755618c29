"""A transform computes a sliding dot product; its counts are Winograd's."""

import jax.numpy as jnp
import numpy as np
import pytest

from aejax.ops.transforms import combine, direct, transposed, winograd

CASES = [(direct(k), s) for k in (1, 2, 3, 4, 5) for s in (1, 2)]
CASES += [(winograd(3), 2), (winograd(4), 2)]


@pytest.mark.parametrize(("transform", "stride"), CASES)
def test_is_the_sliding_dot_product(transform, stride):
    rng = np.random.default_rng(0)
    x = rng.normal(size=len(transform.read[0]))
    w = rng.normal(size=len(transform.weigh[0]))
    products = (np.array(transform.weigh) @ w) * (np.array(transform.read) @ x)
    points = [products[list(entries)].sum() for entries in transform.points]
    expected = [
        x[stride * i : stride * i + len(w)] @ w for i in range(transform.outputs)
    ]
    np.testing.assert_allclose(np.array(transform.write) @ points, expected)


@pytest.mark.parametrize(("taps", "products"), [(3, 25), (4, 36)])
def test_multiplications_of_a_tile_of_four_outputs(taps, products):
    assert len(winograd(taps).read) ** 2 == products
    assert products < 4 * taps**2


def test_other_taps_are_refused():
    with pytest.raises(ValueError, match="3 or 4 taps, not 5"):
        winograd(5)


@pytest.mark.parametrize("transform", [winograd(3), winograd(4), direct(3)])
def test_combine_is_a_matrix_product(transform):
    for matrix in (*transform[:3], *map(transposed, transform[:3])):
        vectors = np.random.default_rng(0).normal(size=(len(matrix[0]), 7))
        ours = combine(matrix, [jnp.asarray(v) for v in vectors])
        np.testing.assert_allclose(ours, np.array(matrix) @ vectors, atol=1e-6)
