"""Adversarial losses where the best critic is known, penalties of known slopes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from aejax.losses import adversarial as adv


@pytest.fixture
def densities(x64):
    """Probabilities of N(0, 1) and N(1, 2^2) on a fine grid, and their log ratio."""
    x = np.linspace(-12, 14, 801)
    real, fake = stats.norm(0, 1), stats.norm(1, 2)
    width = x[1] - x[0]
    ratio = real.logpdf(x) - fake.logpdf(x)
    return tuple(map(jnp.asarray, (real.pdf(x) * width, fake.pdf(x) * width, ratio)))


def expected(loss, densities, real_scores, fake_scores):
    """Expectation over independent pairs."""
    p, q, _ = densities
    shape = (len(p), len(q))
    real = jnp.broadcast_to(real_scores[:, None], shape)
    fake = jnp.broadcast_to(fake_scores[None, :], shape)
    return jnp.einsum("i,ij,j->", p, loss(real, fake), q)


@pytest.mark.parametrize("loss", [adv.non_saturating_critic, adv.relativistic_critic])
def test_the_best_critic_is_the_log_density_ratio(densities, loss):
    """The loss is convex in the scores, and its gradient is 0 there."""
    ratio = densities[2]
    slope = jax.jit(jax.grad(lambda s: expected(loss, densities, s, s)))
    np.testing.assert_allclose(slope(ratio), 0, atol=1e-9)
    # Not so where it is wrong by a hundredth.
    assert jnp.abs(slope(1.01 * ratio)).max() > 1e-6


def test_only_differences_of_relativistic_scores_count(densities):
    scores = densities[2]
    for loss in (adv.relativistic_critic, adv.relativistic_generator):
        first, second = (expected(loss, densities, s, s) for s in (scores, scores + 3))
        np.testing.assert_allclose(first, second, rtol=1e-12)


def test_a_critic_that_cannot_tell_pays_log_2_per_code():
    zero = jnp.zeros(3)
    np.testing.assert_allclose(adv.relativistic_critic(zero, zero), np.log(2))
    np.testing.assert_allclose(adv.relativistic_generator(zero, zero), np.log(2))
    np.testing.assert_allclose(adv.non_saturating_critic(zero, zero), 2 * np.log(2))


@pytest.mark.parametrize("loss", ["relativistic", "non_saturating"])
def test_a_critic_that_is_sure_still_moves_the_generator(loss):
    generator = getattr(adv, f"{loss}_generator")
    real, fake = jnp.array([30.0]), jnp.array([-30.0])
    slope = jax.grad(lambda s: generator(real, s).sum())(fake)
    np.testing.assert_allclose(slope, -1, rtol=1e-6)
    critic = getattr(adv, f"{loss}_critic")
    np.testing.assert_allclose(critic(real, fake), 0, atol=1e-12)


def test_the_best_hinge_critic_is_a_sign(densities):
    """Its loss is 2 (1 - total variation); other critics pay more."""
    p, q, ratio = densities
    loss = adv.hinge_critic
    variation = jnp.abs(p - q).sum() / 2
    best = expected(loss, densities, jnp.sign(ratio), jnp.sign(ratio))
    np.testing.assert_allclose(best, 2 * (1 - variation), rtol=1e-9)
    for other in (ratio, jnp.zeros_like(p), 2 * jnp.sign(ratio)):
        assert expected(loss, densities, other, other) > best + 0.01


def test_a_linear_critic_of_slope_1_knows_how_far_a_shift_is(x64):
    """Wasserstein-1 of a distribution and its copy moved by m is |m|."""
    random = np.random.default_rng(0)
    real, shift = random.normal(size=(400, 3)), np.array([3.0, -4.0, 12.0])
    fake = real + shift
    best = -shift / 13
    found = adv.wasserstein_critic(jnp.asarray(real @ best), jnp.asarray(fake @ best))
    np.testing.assert_allclose(found.mean(), -13)
    distance = stats.wasserstein_distance(real @ best, fake @ best)
    np.testing.assert_allclose(distance, 13)


def test_the_slope_of_a_known_critic(x64):
    random = np.random.default_rng(1)
    w, matrix = random.normal(size=3), random.normal(size=(3, 3))
    codes = random.normal(size=(5, 3))

    def score(x):
        return x @ jnp.asarray(w) + jnp.einsum("ni,ij,nj->n", x, matrix, x)

    scores, slopes = adv.squared_slope(score, jnp.asarray(codes))
    np.testing.assert_allclose(scores, score(codes))
    gradients = w + codes @ (matrix + matrix.T)
    np.testing.assert_allclose(slopes, np.square(gradients).sum(-1))


def linear(w):
    return lambda codes: codes @ w


@pytest.mark.parametrize("w", [[0.6, 0.8], [3.0, 4.0], [0.0, 0.0]])
def test_penalties_of_a_linear_critic(x64, w):
    """|w|^2, half at real and half at generated codes; (|w| - 1)^2."""
    random = np.random.default_rng(2)
    real, fake = map(jnp.asarray, random.normal(size=(2, 7, 2)))
    w, key = jnp.array(w), jax.random.key(0)
    length = np.linalg.norm(w)
    centred = adv.zero_centred(linear(w), real, fake, key)
    np.testing.assert_allclose(centred.penalty, length**2, atol=1e-15)
    steep = adv.one_centred(linear(w), real, fake, key)
    np.testing.assert_allclose(steep.penalty, (length - 1) ** 2, atol=1e-5)
    for judged in (centred, steep):
        np.testing.assert_allclose(judged.real, real @ w)
        np.testing.assert_allclose(judged.fake, fake @ w)
    # No slope at all has a derivative, too.
    slope = jax.grad(
        lambda w: adv.one_centred(linear(w), real, fake, key).penalty.sum()
    )(w)
    assert jnp.isfinite(slope).all()


def test_zero_centred_penalties_are_taken_at_both_kinds_of_codes():
    """Of |x|^2 / 2 the slope is x."""
    real, fake = jnp.array([[3.0, 4.0]]), jnp.array([[1.0, 2.0]])
    judged = adv.zero_centred(
        lambda x: jnp.square(x).sum(-1) / 2, real, fake, jax.random.key(0)
    )
    np.testing.assert_allclose(judged.penalty, (25 + 5) / 2)


def test_one_centred_penalties_are_taken_evenly_between_the_codes():
    """Of x^2 / 2 the slope is the place itself."""
    n = 2000
    real, fake = jnp.ones((n, 1)), jnp.zeros((n, 1))
    judged = adv.one_centred(
        lambda x: jnp.square(x[:, 0]) / 2, real, fake, jax.random.key(3)
    )
    places = 1 - np.sqrt(judged.penalty)
    assert stats.kstest(places, "uniform").pvalue > 0.01


@pytest.mark.parametrize(
    "objective", [adv.RELATIVISTIC, adv.NON_SATURATING, adv.HINGE, adv.WASSERSTEIN]
)
def test_generators_want_higher_and_critics_lower_scores_of_what_is_generated(
    objective,
):
    real, fake = jnp.array([0.3, -0.2]), jnp.array([0.1, 0.4])
    slopes = [
        jax.grad(lambda s, loss=loss: loss(real, s).sum())(fake)
        for loss in (objective.generator, objective.critic)
    ]
    assert (slopes[0] < 0).all()
    assert (slopes[1] > 0).all()


def test_the_best_least_squares_critic_is_a_probability(densities):
    """p / (p + q), where the gradient is 0."""
    best = jax.nn.sigmoid(densities[2])
    slope = jax.grad(lambda s: expected(adv.least_squares_critic, densities, s, s))
    np.testing.assert_allclose(slope(best), 0, atol=1e-9)
    assert jnp.abs(slope(best + 0.01)).max() > 1e-6
    assert adv.least_squares_generator(best, jnp.ones_like(best)).max() == 0
