"""Paths between codes: ends, arcs of known radius, independence of the scale."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import latents

T = jnp.linspace(0, 1, 7)


@pytest.fixture(scope="module")
def codes():
    return jax.random.normal(jax.random.key(0), (2, 5, 4))


def test_both_paths_join_their_ends(codes):
    centre = jnp.full(4, 0.3)
    for found in (latents.linear(*codes, T), latents.spherical(*codes, T, centre)):
        assert found.shape == (5, 7, 4)
        np.testing.assert_allclose(found[:, 0], codes[0], atol=1e-5)
        np.testing.assert_allclose(found[:, -1], codes[1], atol=1e-5)


def test_the_line_is_halfway_at_one_half(codes):
    middle = latents.linear(*codes, jnp.array([0.5]))[:, 0]
    np.testing.assert_allclose(middle, codes.mean(0), rtol=1e-6)


def test_an_arc_between_codes_on_a_sphere_stays_on_it(codes):
    centre = jnp.array([1.0, -2.0, 0.0, 3.0])
    lengths = np.linalg.norm(codes, axis=-1, keepdims=True)
    on_sphere = jnp.asarray(2 * np.asarray(codes) / lengths)
    first, second = on_sphere + jnp.broadcast_to(centre, codes.shape)
    found = np.asarray(latents.spherical(first, second, T, centre)) - np.asarray(centre)
    np.testing.assert_allclose(np.linalg.norm(found, axis=-1), 2, rtol=1e-5)
    steps = np.linalg.norm(np.diff(found, axis=1), axis=-1)
    np.testing.assert_allclose(steps, steps[:, :1].repeat(6, 1), rtol=1e-3)


@pytest.mark.parametrize("factor", [2.0, -1.0, 0.0])
def test_without_a_plane_the_arc_is_the_line(factor):
    first = jnp.array([[1.0, 2.0]])
    found = latents.spherical(first, factor * first, T, jnp.zeros(2))
    np.testing.assert_allclose(found, latents.linear(first, factor * first, T))
    slope = jax.grad(lambda a: latents.spherical(a, factor * a, T, jnp.zeros(2)).sum())
    assert np.isfinite(slope(first)).all()
