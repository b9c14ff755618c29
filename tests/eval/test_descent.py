"""Descent by hand, and polynomials that are exact where the function is one."""

import jax
import jax.numpy as jnp
import numpy as np
import optax

from aejax.eval.descent import descend, steps_until, taylor, taylor_errors


def test_descent_of_a_quadratic_shrinks_by_a_known_factor():
    found = descend(lambda x: (x @ x) / 2, [1.0, 2.0], optax.sgd(0.5), 4)
    np.testing.assert_allclose(found.x[:, 0], [1, 0.5, 0.25, 0.125], rtol=1e-6)
    assert descend(jnp.square, 1.0, optax.sgd(0.25), 3).x.tolist() == [1, 0.5, 0.25]
    np.testing.assert_allclose(found.norm, np.linalg.norm(found.x, axis=1), rtol=1e-6)


def test_the_second_polynomial_of_a_quadratic_is_exact():
    def f(x):
        return x[0] ** 2 + 3 * x[0] * x[1] + 2

    x, h = jnp.array([1.0, -2.0]), jnp.array([0.5, 0.25])
    zeroth, first, second = taylor(f, x, h)
    assert zeroth == f(x) and first == f(x) + jax.grad(f)(x) @ h
    np.testing.assert_allclose(second, f(x + h), rtol=1e-6)


def test_steps_until_a_level_and_all_where_it_is_never_reached():
    path = [0.0, 0.2, 0.5, 0.9]
    assert [steps_until(np.array(path), v) for v in (0, 0.3, 0.5, 2)] == [0, 2, 2, 4]


def test_polynomials_of_a_cubic_miss_its_higher_powers():
    def f(x):
        return (x + x**2 + x**3).sum()

    found = taylor_errors(f, [0.0], [1.0], [0.5, 1.0])
    np.testing.assert_allclose(found, [[0.875, 0.375, 0.125], [3, 2, 1]], rtol=1e-6)
