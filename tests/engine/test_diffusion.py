"""Samplers, driven by a denoiser that is exact: Gaussian data."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import diffusion, padding, sampling
from aejax.models import Denoiser

MEAN = np.array([0.5, -1.0, 0.2])
ROOT = np.array([[1.2, 0.0, 0.0], [0.5, 0.6, 0.0], [-0.3, 0.2, 0.4]])
VALUES, VECTORS = np.linalg.eigh(ROOT @ ROOT.T)


def exact(noisy, sigma):
    """E[x | y] of data of N(MEAN, ROOT ROOT'); linear in the eigenvectors' basis."""
    gain = jnp.asarray(VALUES)[None] / (VALUES[None] + jnp.square(sigma)[:, None])
    centred = (noisy - MEAN[None]) @ VECTORS
    return MEAN[None] + (centred * gain) @ VECTORS.T


def flowed(noise):
    """The exact solution at 0: y - m shrinks by sqrt(l / (l + s^2))."""
    start = (diffusion.GREATEST * noise - MEAN) @ VECTORS
    shrunk = start * np.sqrt(VALUES / (VALUES + diffusion.GREATEST**2))
    return MEAN + shrunk @ VECTORS.T


def errors(solver, numbers, noise):
    found = []
    for steps in numbers:
        levels = diffusion.levels(steps, least=1e-4, dtype=float)
        ends = jax.jit(partial(solver, exact))(jnp.asarray(noise), levels)
        found.append(np.abs(ends - flowed(noise)).max())
    return np.array(found)


@pytest.mark.parametrize(("solver", "order"), [("euler", 1), ("heun", 2)])
def test_the_error_falls_with_the_order_of_the_method(x64, solver, order):
    noise = np.random.default_rng(0).normal(size=(50, 3))
    found = errors(getattr(diffusion, solver), (40, 80, 160), noise)
    ratios = found[:-1] / found[1:]
    np.testing.assert_allclose(np.log2(ratios), order, atol=0.2)
    assert found[-1] < {1: 0.1, 2: 3e-3}[order]


def test_samples_have_the_moments_of_the_data(x64):
    count = 20_000
    noise = sampling.noise(jax.random.key(0), jnp.zeros((count, 3), float))
    levels = diffusion.levels(64, dtype=float)
    found = np.asarray(jax.jit(partial(diffusion.heun, exact))(noise, levels))
    # The first noise has neither the data's mean nor their covariance in it.
    shrink = VALUES / (VALUES + diffusion.GREATEST**2)
    mean = MEAN - (MEAN @ VECTORS * np.sqrt(shrink)) @ VECTORS.T
    covariance = (VECTORS * shrink * diffusion.GREATEST**2) @ VECTORS.T
    variance = np.diag(covariance)
    tolerance = 4.5 * np.sqrt(variance / count) + 5e-3
    assert (np.abs(found.mean(0) - mean) < tolerance).all()
    spread = np.sqrt((np.outer(variance, variance) + covariance**2) / count)
    difference = np.abs(np.cov(found, rowvar=False) - covariance)
    assert (difference < 4.5 * spread + 5e-3).all()


def test_levels_are_the_papers():
    """Equation 5 of arXiv:2206.00364."""
    found = diffusion.levels(5, 0.002, 80.0, 7.0)
    i = np.arange(5)
    root = 80 ** (1 / 7) + i / 4 * (0.002 ** (1 / 7) - 80 ** (1 / 7))
    np.testing.assert_allclose(found, [*root**7, 0], rtol=1e-4)
    with pytest.raises(ValueError, match="steps=1"):
        diffusion.levels(1)


def test_the_last_step_is_the_denoisers_result(x64):
    noise = jnp.asarray(np.random.default_rng(0).normal(size=(4, 3)))
    levels = jnp.array([2.0, 0.5, 0.0])
    sigma = jnp.full(4, 2.0)
    between = 2 * noise - 1.5 * (2 * noise - exact(2 * noise, sigma)) / 2
    expected = exact(between, jnp.full(4, 0.5))
    np.testing.assert_allclose(diffusion.euler(exact, noise, levels), expected)


def test_guidance_moves_away_from_the_free_denoiser(x64):
    """Of N(c, 1) and N(0, 1): the guided score is that of N((1 + w) c, 1)."""
    centre, w = 0.7, np.array([0.0, 0.5, 2.0, -1.0])

    def towards(mean, noisy, sigma):
        return mean + (noisy - mean) / (1 + jnp.square(sigma)[:, None])

    conditional, free = partial(towards, centre), partial(towards, 0.0)
    noisy = jnp.asarray(np.random.default_rng(0).normal(size=(4, 2)))
    sigma = jnp.array([0.3, 1.0, 2.0, 0.5])
    found = diffusion.guided(conditional, free, jnp.asarray(w))(noisy, sigma)
    expected = towards(jnp.asarray((1 + w) * centre)[:, None], noisy, sigma)
    np.testing.assert_allclose(found, expected)
    scalar = diffusion.guided(conditional, free, jnp.array(0.5))(noisy, sigma)
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


def test_what_does_not_fit_is_refused(network):
    model, params = network
    with pytest.raises(ValueError, match="guidance needs labels"):
        made(model, params, guidance=1.0)
    with pytest.raises(ValueError, match="need a network with classes"):
        made(Denoiser(2), params, LABELS)
