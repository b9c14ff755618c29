import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax.losses import circular


@pytest.mark.parametrize(
    ("a", "b", "apart"),
    [(358, 2, -4), (2, 358, 4), (10, 10, 0), (725, 5, 0), (-10, 10, -20), (90, 1, 89)],
)
def test_the_shorter_way_round(x64, a, b, apart):
    a, b = jnp.deg2rad(jnp.array([a, b], float))
    assert np.rad2deg(circular.difference(a, b)) == pytest.approx(apart, abs=1e-9)
    d = np.deg2rad(apart)
    assert circular.arc(a, b) == pytest.approx(d**2, abs=1e-12)
    assert circular.circular(a, b) == pytest.approx(2 * (1 - np.cos(d)), abs=1e-12)
    turned = circular.difference(a + 6 * np.pi, b)
    np.testing.assert_allclose(turned, circular.difference(a, b), atol=1e-9)


def test_gradients_are_bounded_all_round(x64):
    angles = jnp.linspace(-10, 10, 4001)
    target = jnp.full_like(angles, 0.03)
    for loss, most in ((circular.circular, 2), (circular.arc, 2 * np.pi)):
        slope = jax.vmap(jax.grad(loss))(angles, target)
        assert np.isfinite(slope).all()
        assert np.abs(slope).max() <= most
    assert np.abs(jax.vmap(jax.grad(circular.naive))(angles, target)).max() > 19


def test_small_differences_are_not_rounded_away():
    d = jnp.float32(1e-5)
    np.testing.assert_allclose(circular.circular(d, jnp.float32(0)), 1e-10, rtol=1e-5)


def test_points_on_the_circle_have_the_circular_loss(x64):
    a, b = jax.random.uniform(jax.random.key(0), (2, 50), minval=-9, maxval=9)
    on_circle = circular.sine_cosine(circular.to_point(a), b)
    np.testing.assert_allclose(on_circle, circular.circular(a, b), atol=1e-12)
    back = circular.to_angle(3 * circular.to_point(a))
    assert ((back >= 0) & (back < 2 * np.pi)).all()
    np.testing.assert_allclose(circular.difference(back, a), 0, atol=1e-12)
