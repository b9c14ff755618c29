import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax.eval.compositions import BINARY, UNARY, composed


@pytest.mark.parametrize("functions", [UNARY, BINARY])
def test_derivatives_are_those_of_the_functions(functions):
    with jax.enable_x64(True):
        points = (jnp.array(0.7), jnp.array(-1.3))
        for f, *derivatives in functions:
            inputs = points[: len(derivatives)]
            for i, derivative in enumerate(derivatives):
                exact = jax.grad(f, i)(*inputs)
                np.testing.assert_allclose(derivative(*inputs), exact, rtol=1e-12)


def test_forms_are_what_they_are_called():
    x = jnp.array(0.3)
    chain = jnp.sin(jnp.tanh(jnp.exp(-x * x)))
    nested = x * jnp.sin(x + 2 * jnp.sin(x))
    residual = jnp.sin(x + jnp.tanh(x + jnp.exp(-x * x)))
    np.testing.assert_allclose(composed("chain", 3)(x), chain, rtol=1e-6)
    np.testing.assert_allclose(composed("nested", 3)(x), nested, rtol=1e-6)
    np.testing.assert_allclose(composed("residual")(x), residual, rtol=1e-6)
    value = jnp.sin(0.5) * 0.6**2 + 2 * 0.5
    found = composed("arguments")(x, 0.2, 2.0)
    np.testing.assert_allclose(found, value, rtol=1e-6)
