import jax.numpy as jnp
import numpy as np
import pytest

from aejax.eval import linearity


def test_affine_maps_leave_nothing_and_noise_leaves_itself(x64):
    random = np.random.default_rng(0)
    x = jnp.asarray(random.normal(size=(5000, 3)))
    y = x @ jnp.asarray(random.normal(size=(3, 2))) + 1.0
    assert linearity.affine_residual(x, y) < 1e-20
    noise = jnp.asarray(random.normal(size=y.shape)) * y.std()
    assert abs(linearity.affine_residual(x, y + noise) - 0.5) < 0.05
    assert linearity.affine_residual(x, jnp.abs(x)) > 0.9


def test_relative_error():
    found = linearity.relative_error(jnp.array([1.0, 4.5]), jnp.array([1.0, 5.0]))
    assert found == pytest.approx(0.1)


def test_order_of_a_power():
    h = 2.0 ** -np.arange(5)
    assert linearity.order(h, 7 * h**3) == pytest.approx(3)
    assert linearity.order(h, np.ones(5)) == pytest.approx(0)


@pytest.mark.parametrize("errors", [[1.0], [1.0, 0.0], [1.0, -1.0], [1.0, np.nan]])
def test_order_needs_two_errors_above_zero(errors):
    with pytest.raises(ValueError, match="error"):
        linearity.order([1.0, 0.5], errors)
