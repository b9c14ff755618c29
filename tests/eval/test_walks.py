"""Paths in noise and between codes: ends, and a generator that changes nothing."""

import jax
import jax.numpy as jnp
import numpy as np

from aejax.eval import walks

FIRST, LAST = jax.random.normal(jax.random.key(0), (2, 5, 3))
T = jnp.linspace(0, 1, 7)


def test_in_the_codes_of_an_identity_noise_and_codes_are_one():
    found = walks.between_noise(lambda noise: noise, FIRST, LAST, T)
    for noise, codes in ((walks.NOISE_LINE, walks.LINE), (walks.NOISE_ARC, walks.ARC)):
        np.testing.assert_allclose(found[noise], found[codes], atol=1e-6)


def test_every_path_joins_the_same_two_codes():
    def generate(noise):
        return jnp.tanh(noise @ jnp.ones((3, 2)) + jnp.arange(2.0)[None])

    found = walks.between_noise(generate, FIRST, LAST, T)
    for path in found.values():
        assert path.shape == (5, 7, 2)
        np.testing.assert_allclose(path[:, 0], generate(FIRST), atol=1e-5)
        np.testing.assert_allclose(path[:, -1], generate(LAST), atol=1e-5)
    # The generator bends lines.
    assert np.abs(found[walks.NOISE_LINE] - found[walks.LINE]).max() > 0.01


def test_an_arc_between_codes_of_one_length_keeps_it():
    first, last = (
        x / jnp.linalg.norm(x, axis=-1, keepdims=True) for x in (FIRST, LAST)
    )
    arc = walks.between_codes(first, last, T)[walks.ARC]
    np.testing.assert_allclose(jnp.linalg.norm(arc, axis=-1), 1, rtol=1e-5)
