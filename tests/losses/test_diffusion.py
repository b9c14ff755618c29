"""The loss of diffusion models against closed forms for Gaussian data."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from aejax.losses import diffusion

MEAN = np.array([0.5, -1.0, 0.2])
ROOT = np.array([[1.2, 0.0, 0.0], [0.5, 0.6, 0.0], [-0.3, 0.2, 0.4]])
COVARIANCE = ROOT @ ROOT.T
ANGLES = (0.05, 0.5, 1.0, 1.5)
COUNT = 40_000


def exact(y, angle):
    """E[v | y] of data of N(MEAN, COVARIANCE), all at one angle, by regression."""
    c, s = np.cos(np.asarray(angle)[0]), np.sin(np.asarray(angle)[0])
    together = s * c * (np.eye(3) - COVARIANCE)
    own = c**2 * COVARIANCE + s**2 * np.eye(3)
    gain = together @ np.linalg.inv(own)
    return (y - c * jnp.asarray(MEAN)[None]) @ gain.T - s * jnp.asarray(MEAN)[None]


@pytest.fixture(scope="module")
def drawn():
    codes, noise = np.random.default_rng(0).normal(size=(2, COUNT, 3))
    return MEAN + codes @ ROOT.T, noise


@pytest.mark.parametrize("angle", ANGLES)
def test_the_loss_of_the_exact_velocity_is_its_closed_form(x64, drawn, angle):
    codes, noise = map(jnp.asarray, drawn)
    found = diffusion.velocity_error(exact, codes, noise, jnp.full(COUNT, angle))
    values = np.linalg.eigvalsh(COVARIANCE)
    expected = (values / (np.cos(angle) ** 2 * values + np.sin(angle) ** 2)).sum()
    assert abs(found.mean() - expected) < 4 * stats.sem(found)


@pytest.mark.parametrize("angle", ANGLES)
def test_a_linear_change_of_the_exact_velocity_adds_its_square(x64, drawn, angle):
    """So the exact one is the minimum: its error has no part linear in y."""
    codes, noise = map(jnp.asarray, drawn)
    angles = jnp.full(COUNT, angle)
    change = jnp.asarray(np.random.default_rng(1).normal(size=(3, 3)) / 5)
    y = diffusion.noisy(codes, noise, angles)
    changed = diffusion.velocity_error(
        lambda y, a: exact(y, a) + y @ change, codes, noise, angles
    )
    added = changed - diffusion.velocity_error(exact, codes, noise, angles)
    beyond = added - jnp.square(y @ change).sum(-1)
    assert abs(beyond.mean()) < 4 * stats.sem(beyond)


@pytest.mark.parametrize("angle", ANGLES)
def test_the_velocity_0_has_loss_1_on_white_data(x64, angle):
    codes, noise = map(jnp.asarray, np.random.default_rng(1).normal(size=(2, COUNT, 3)))
    none = lambda y, a: jnp.zeros_like(y)  # noqa: E731
    found = diffusion.velocity_error(none, codes, noise, jnp.full(COUNT, angle)) / 3
    assert abs(found.mean() - 1) < 4 * stats.sem(found)


def test_it_is_the_loss_of_karras_and_others(x64, drawn):
    """Table 1 of arXiv:2206.00364 with sigma_data = 1, for each code by itself."""
    codes, noise = (a[:4] for a in drawn)
    angle = np.array(ANGLES)
    s = np.tan(angle)[:, None]
    network = lambda x: np.sin(x) + x**2 / 7  # noqa: E731
    inputs = (codes + s * noise) / np.sqrt(s**2 + 1)
    skip, out = 1 / (s**2 + 1), s / np.sqrt(s**2 + 1)
    denoised = skip * (codes + s * noise) + out * network(inputs)
    expected = ((s**2 + 1) / s**2 * (denoised - codes) ** 2).sum(-1)
    # Their network gives the negative velocity.
    own = lambda y, a: -(jnp.sin(y) + jnp.square(y) / 7)  # noqa: E731
    found = diffusion.velocity_error(own, *map(jnp.asarray, (codes, noise, angle)))
    np.testing.assert_allclose(found, expected)
    y = diffusion.noisy(*map(jnp.asarray, (codes, noise, angle)))
    back = diffusion.denoised(y, own(y, None), jnp.asarray(angle))
    np.testing.assert_allclose(back, denoised)


def test_the_velocity_is_the_derivative(x64, drawn):
    codes, noise = (jnp.asarray(a[:4]) for a in drawn)
    angle = jnp.asarray(ANGLES)
    _, slope = jax.jvp(
        lambda a: diffusion.noisy(codes, noise, a), (angle,), (jnp.ones(4),)
    )
    np.testing.assert_allclose(slope, diffusion.velocity(codes, noise, angle))


def test_each_angle_has_its_distribution_by_itself(x64):
    """The place of an angle in a batch is arbitrary: one of all places is random."""
    count, batches = 64, 3000
    drawn = jax.vmap(lambda key: diffusion.angles(key, count, dtype=float))(
        jax.random.split(jax.random.key(0), batches)
    )
    logs = np.log(np.tan(np.asarray(drawn)))
    places = np.random.default_rng(0).integers(0, count, batches)
    one = logs[np.arange(batches), places]
    law = stats.norm(diffusion.MEAN, diffusion.DEVIATION)
    assert stats.kstest(one, law.cdf).pvalue > 1e-3
    assert (np.diff(logs, axis=1) > 0).all()
    # Of independent angles the mean would have this standard deviation.
    independent = diffusion.DEVIATION / np.sqrt(count)
    assert logs.mean(1).std() < 0.4 * independent


def test_angles_of_a_large_batch_are_inside_of_the_quarter():
    found = np.asarray(diffusion.angles(jax.random.key(1), 2**18))
    assert found.min() > 0
    assert found.max() < np.pi / 2
