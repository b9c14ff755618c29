"""Samplers, driven by a velocity that is exact: Gaussian data."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import diffusion, padding, sampling
from aejax.models import Denoiser

MEAN = np.array([0.5, -1.0, 0.2])
ROOT = np.array([[1.2, 0.0, 0.0], [0.5, 0.6, 0.0], [-0.3, 0.2, 0.4]])
COVARIANCE = ROOT @ ROOT.T
VALUES, VECTORS = np.linalg.eigh(COVARIANCE)


def exact(y, angle):
    """E[v | y] of data of N(MEAN, COVARIANCE), in the basis of its eigenvectors."""
    c, s = jnp.cos(angle)[:, None], jnp.sin(angle)[:, None]
    values = jnp.asarray(VALUES)[None]
    gain = s * c * (1 - values) / (c**2 * values + s**2)
    centred = (y - c * MEAN[None]) @ VECTORS
    return (centred * gain) @ VECTORS.T - s * MEAN[None]


def flowed(noise):
    """The exact solution: each coordinate of the basis grows by sqrt(l)."""
    return MEAN + (noise @ VECTORS * np.sqrt(VALUES)) @ VECTORS.T


def errors(solver, numbers, noise):
    run = partial(jax.jit, static_argnums=1)(partial(solver, exact))
    ends = [run(jnp.asarray(noise), steps) for steps in numbers]
    return np.array([np.abs(end - flowed(noise)).max() for end in ends])


@pytest.mark.parametrize(("solver", "order"), [("euler", 1), ("heun", 2)])
def test_the_error_falls_with_the_order_of_the_method(x64, solver, order):
    noise = np.random.default_rng(0).normal(size=(50, 3))
    found = errors(getattr(diffusion, solver), (40, 80, 160), noise)
    np.testing.assert_allclose(np.log2(found[:-1] / found[1:]), order, atol=0.15)
    assert found[-1] < {1: 0.05, 2: 2e-3}[order]


def test_few_steps_give_the_variances_of_gaussian_data(x64):
    """As the module says: from 0.1 to 2, to within 4 % with 8 steps."""
    values = jnp.array([[0.1, 0.5, 1.0, 2.0]])

    def velocity(y, angle):
        c, s = jnp.cos(angle)[:, None], jnp.sin(angle)[:, None]
        return s * c * (1 - values) / (c**2 * values + s**2) * y

    found = jnp.square(diffusion.heun(velocity, jnp.ones((1, 4)), 8))
    np.testing.assert_allclose(found, values, rtol=0.04)


def test_samples_have_the_moments_of_the_data(x64):
    count = 20_000
    noise = sampling.noise(jax.random.key(0), jnp.zeros((count, 3), float))
    run = jax.jit(lambda noise: diffusion.heun(exact, noise, 64))
    found = np.asarray(run(noise))
    variance = np.diag(COVARIANCE)
    # Four and a half standard errors, and what the solver's steps are off.
    spread = np.sqrt(variance / count)
    assert (np.abs(found.mean(0) - MEAN) < 4.5 * spread + 1e-3).all()
    spread = np.sqrt((np.outer(variance, variance) + COVARIANCE**2) / count)
    difference = np.abs(np.cov(found, rowvar=False) - COVARIANCE)
    assert (difference < 4.5 * spread + 5e-3).all()


def test_one_step_of_each_solver_by_hand(x64):
    noise = jnp.asarray(np.random.default_rng(0).normal(size=(4, 3)))
    right, zero = jnp.full(4, np.pi / 2), jnp.zeros(4)
    first = exact(noise, right)
    found = diffusion.euler(exact, noise, 1)
    np.testing.assert_allclose(found, noise - np.pi / 2 * first)
    second = exact(noise - np.pi / 2 * first, zero)
    found = diffusion.heun(exact, noise, 1)
    np.testing.assert_allclose(found, noise - np.pi / 4 * (first + second))
    with pytest.raises(ValueError, match="steps=0"):
        diffusion.heun(exact, noise, 0)


def test_guidance_moves_away_from_the_free_velocity(x64):
    """Of N(c, 1) and N(0, 1): the guided velocity is that of N((1 + w) c, 1)."""
    centre, w = 0.7, np.array([0.0, 0.5, 2.0, -1.0])

    def towards(mean, y, angle):
        return -jnp.sin(angle)[:, None] * mean * jnp.ones_like(y)

    conditional, free = partial(towards, centre), partial(towards, 0.0)
    y = jnp.asarray(np.random.default_rng(0).normal(size=(4, 2)))
    angle = jnp.array([0.3, 1.0, 1.5, 0.5])
    found = diffusion.guided(conditional, free, jnp.asarray(w))(y, angle)
    expected = towards(jnp.asarray((1 + w) * centre)[:, None], y, angle)
    np.testing.assert_allclose(found, expected)
    scalar = diffusion.guided(conditional, free, jnp.array(0.5))(y, angle)
    np.testing.assert_allclose(scalar[1], expected[1])


@pytest.fixture(scope="module")
def network():
    """A small network with random parameters and classes."""
    model = Denoiser(2, width=6, depth=1, classes=3)
    example = jnp.zeros((1, 2)), jnp.zeros(1)
    begun = jax.jit(model.init)(jax.random.key(0), *example)
    leaves, structure = jax.tree.flatten(begun)
    keys = jax.random.split(jax.random.key(1), len(leaves))
    drawn = [
        jax.random.normal(k, a.shape) / 4 for k, a in zip(keys, leaves, strict=True)
    ]
    return model, jax.tree.unflatten(structure, drawn)


HPARAMS = {"zdim": jnp.int32(2)}
LABELS = jnp.array([0, 1, 2, 0, 1])


@partial(jax.jit, static_argnums=0)
def made(model, params, labels=None, guidance=None):
    return diffusion.sample(
        model, params, jax.random.key(3), 5, HPARAMS,
        labels=labels, guidance=guidance, steps=4,
    )  # fmt: skip


@pytest.mark.parametrize("guidance", [None, 1.5])
def test_a_padded_network_makes_the_samples_of_the_network_alone(network, guidance):
    small, params = network
    large = Denoiser(4, width=9, depth=1, classes=3)
    example = jnp.zeros((1, 4)), jnp.zeros(1)
    like = jax.eval_shape(large.init, jax.random.key(0), *example)
    alone = made(small, params, LABELS, guidance)
    together = made(large, padding.pad(params, like), LABELS, guidance)
    np.testing.assert_allclose(together[:, :2], alone, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(together[:, 2:], 0)


def test_each_sample_has_its_own_guidance(network):
    weights = jnp.array([0.0, 0.5, 1.0, 2.0, 4.0])
    mixed = made(*network, LABELS, weights)
    for i, weight in enumerate(weights):
        alone = made(*network, LABELS, weight)
        np.testing.assert_allclose(mixed[i], alone[i], rtol=1e-4, atol=1e-5)
    plain = made(*network, LABELS)
    np.testing.assert_allclose(mixed[0], plain[0], rtol=1e-4, atol=1e-5)
    assert np.abs(mixed[1:] - plain[1:]).max(-1).min() > 1e-3


def test_guidance_by_a_weaker_network_needs_no_labels(network):
    """Weight -1 is the weaker network alone; a network is not weaker than itself."""
    model, params = network
    weaker = Denoiser(2, width=3, depth=1)
    zeros = jnp.zeros((1, 2)), jnp.zeros(1)
    other = jax.tree.map(lambda a: a + 0.1, weaker.init(jax.random.key(5), *zeros))

    def own(guidance, weaker):
        return diffusion.sample(
            model, params, jax.random.key(3), 5, HPARAMS,
            guidance=guidance, weaker=weaker, steps=4,
        )  # fmt: skip

    plain, alone = made(model, params), made(weaker, other)
    np.testing.assert_allclose(own(-1.0, (weaker, other)), alone, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(own(2.0, (model, params)), plain, rtol=1e-4, atol=1e-5)
    moved, back = own(0.5, (weaker, other)), alone - plain
    assert ((moved - plain) * back).sum() < 0


def test_what_does_not_fit_is_refused(network):
    model, params = network
    with pytest.raises(ValueError, match="guidance needs labels"):
        made(model, params, guidance=1.0)
    with pytest.raises(ValueError, match="need a network with classes"):
        made(Denoiser(2), params, LABELS)
