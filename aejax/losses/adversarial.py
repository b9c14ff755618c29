"""Losses of adversarial training, and the penalties of a critic's slope.

All take scores of real and of generated codes and give one value per pair; each is
minimised by the network that it is named after. A pairing of rows only matters where
the loss is relativistic: real and generated rows are then of the same class.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.nn import relu, softplus

Loss = Callable[[jax.Array, jax.Array], jax.Array]
"""Scores of real codes [n] and of generated codes [n] to losses [n]."""

Score = Callable[[jax.Array], jax.Array]
"""Codes [n, d] to scores [n]."""

_FLAT = 1e-12
"""Added to a squared slope, whose root has no derivative at 0."""


class Judged(NamedTuple):
    """What a critic says of as many real and generated codes.

    Attributes:
      real: scores of real codes [n].
      fake: scores of generated codes [n].
      penalty: of the critic's slope [n].
    """

    real: jax.Array
    fake: jax.Array
    penalty: jax.Array


Penalised = Callable[[Score, jax.Array, jax.Array, jax.Array], Judged]
"""`(score, real codes [n, d], generated codes [n, d], key) -> Judged`."""


class Objective(NamedTuple):
    """What the two networks minimise.

    Attributes:
      critic: loss of the critic, to which a multiple of the penalty is added.
      generator: loss of the generator.
      penalised: how codes are judged.
    """

    critic: Loss
    generator: Loss
    penalised: Penalised


def relativistic_critic(real: jax.Array, fake: jax.Array) -> jax.Array:
    """Softplus of fake - real, so that real codes score more than generated ones.

    The pairing loss of Jolicoeur-Martineau (arXiv:1807.00734), as R3GAN has it
    (Huang et al., arXiv:2501.05441).

    Args:
      real: scores of real codes [n].
      fake: scores of generated codes [n], row by row their partners.
    """
    return softplus(fake - real)


def relativistic_generator(real: jax.Array, fake: jax.Array) -> jax.Array:
    """`relativistic_critic` with the roles exchanged."""
    return softplus(real - fake)


def non_saturating_critic(real: jax.Array, fake: jax.Array) -> jax.Array:
    """Cross-entropy of the critic as a classifier (Goodfellow et al., arXiv:1406.2661).

    The best critic's score is log p(real) - log p(generated).

    Args:
      real: scores of real codes [n].
      fake: scores of generated codes [n].
    """
    return softplus(-real) + softplus(fake)


def non_saturating_generator(real: jax.Array, fake: jax.Array) -> jax.Array:
    """log(1 + exp(-fake)); its gradient stays where the critic is sure."""
    del real
    return softplus(-fake)


def hinge_critic(real: jax.Array, fake: jax.Array) -> jax.Array:
    """max(0, 1 - real) + max(0, 1 + fake) (Lim & Ye, arXiv:1705.02894)."""
    return relu(1 - real) + relu(1 + fake)


def wasserstein_critic(real: jax.Array, fake: jax.Array) -> jax.Array:
    """Difference fake - real (Arjovsky et al., arXiv:1701.07875).

    Its mean is minus the Wasserstein-1 distance for the best critic of slope 1.
    """
    return fake - real


def wasserstein_generator(real: jax.Array, fake: jax.Array) -> jax.Array:
    """The score with its sign changed, also of the hinge loss."""
    del real
    return -fake


def least_squares_critic(real: jax.Array, fake: jax.Array) -> jax.Array:
    """(real - 1)^2 + fake^2 (Mao et al., arXiv:1611.04076)."""
    return jnp.square(real - 1) + jnp.square(fake)


def least_squares_generator(real: jax.Array, fake: jax.Array) -> jax.Array:
    """(fake - 1)^2, which pulls back also what the critic takes for more than real."""
    del real
    return jnp.square(fake - 1)


def squared_slope(score: Score, codes: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Scores [n] of codes [n, d], and |d score / d code|^2 of each [n]."""

    def total(codes: jax.Array) -> tuple[jax.Array, jax.Array]:
        scores = score(codes)
        return scores.sum(), scores

    (_, scores), slopes = jax.value_and_grad(total, has_aux=True)(codes)
    return scores, jnp.square(slopes).sum(-1)


def zero_centred(
    score: Score, real: jax.Array, fake: jax.Array, key: jax.Array
) -> Judged:
    """Half the squared slopes at real (R1) and at generated codes (R2), added.

    Mescheder et al. (arXiv:1801.04406); both in R3GAN (arXiv:2501.05441).
    """
    del key
    (reals, at_real), (fakes, at_fake) = (squared_slope(score, x) for x in (real, fake))
    return Judged(reals, fakes, (at_real + at_fake) / 2)


def one_centred(
    score: Score, real: jax.Array, fake: jax.Array, key: jax.Array
) -> Judged:
    """(slope - 1)^2 somewhere between each pair: WGAN-GP.

    Gulrajani et al. (arXiv:1704.00028).
    """
    place = jax.random.uniform(key, (len(real), 1), real.dtype)
    place = jnp.broadcast_to(place, real.shape)
    _, squared = squared_slope(score, place * real + (1 - place) * fake)
    penalty = jnp.square(jnp.sqrt(squared + _FLAT) - 1)
    return Judged(score(real), score(fake), penalty)


def unpenalised(
    score: Score, real: jax.Array, fake: jax.Array, key: jax.Array
) -> Judged:
    """Scores alone; a critic whose loss is bounded can do without a penalty."""
    del key
    reals, fakes = score(real), score(fake)
    return Judged(reals, fakes, jnp.zeros_like(reals))


RELATIVISTIC = Objective(relativistic_critic, relativistic_generator, zero_centred)
"""R3GAN (Huang et al., arXiv:2501.05441)."""

NON_SATURATING = Objective(
    non_saturating_critic, non_saturating_generator, zero_centred
)
"""Mescheder et al. (arXiv:1801.04406), with R2 beside R1."""

LEAST_SQUARES = Objective(least_squares_critic, least_squares_generator, unpenalised)
"""As in CycleGAN (Zhu et al., arXiv:1703.10593)."""

HINGE = Objective(hinge_critic, wasserstein_generator, zero_centred)

WASSERSTEIN = Objective(wasserstein_critic, wasserstein_generator, one_centred)
"""WGAN-GP (Gulrajani et al., arXiv:1704.00028); the paper's weight is 10."""
