"""The loss of diffusion models, for data of about unit variance.

Data x and noise n ~ N(0, I) are the ends of a quarter of a circle,

    y = cos(a) x + sin(a) n,    v = dy/da = cos(a) n - sin(a) x,

with the angle a from 0 (data) to pi / 2 (noise). A network F(y, a) learns the velocity
v: the loss is |F(y, a) - v|^2 (Salimans & Ho, arXiv:2202.00512; Lu & Song,
arXiv:2410.11081), and log tan(a) is drawn from a normal distribution.

It is the loss of Karras et al. (arXiv:2206.00364) with all its preconditioning, for
sigma_data = 1: noise of standard deviation s = tan(a) is added to data, the denoiser is
D = cos(a) y - sin(a) F, and (1 + s^2) / s^2 |D - x|^2 is the loss above.

For data of N(m, S) the best velocity is

    sin(a) cos(a) (I - S) (cos(a)^2 S + sin(a)^2 I)^-1 (y - cos(a) m) - sin(a) m

with the loss sum_i l_i / (cos(a)^2 l_i + sin(a)^2), of the eigenvalues l_i of S. White
data have a loss of 1 per coordinate at every angle, by F = 0; what lies below 1 is what
a model knows beyond that.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

Velocity = Callable[[jax.Array, jax.Array], jax.Array]
"""`(noisy data [n, d], angle [n]) -> [n, d]`: F above, such as a `models.Denoiser`."""

MEAN, DEVIATION = -0.9, 1.0
"""Of log tan(angle) in training: where codes of digits have most structure. Those of
Karras et al., for images of half the standard deviation, are -0.5 and 1.2."""


def angles(
    key: jax.Array,
    count: int,
    mean: float = MEAN,
    deviation: float = DEVIATION,
    dtype: DTypeLike = jnp.float32,
) -> jax.Array:
    """The angles of a batch: [count], increasing.

    log tan(angle) are quantiles of a normal distribution, evenly spaced from a random
    place on: each is distributed as if drawn alone, and their mean varies less
    (Kingma et al., arXiv:2107.00630).

    Args:
      key: of the place.
      count: examples of the batch.
      mean: of log tan(angle), the noise relative to the data.
      deviation: of log tan(angle).
      dtype: of the result.
    """
    begin = jax.random.uniform(key, (), dtype)
    places = (jnp.arange(count, dtype=dtype) + begin) / count
    # Beyond these single precision has no quantiles.
    quantiles = jax.scipy.special.ndtri(jnp.clip(places, 1e-6, 1 - 1e-6))
    return jnp.arctan(jnp.exp(mean + deviation * quantiles))


def noisy(data: jax.Array, noise: jax.Array, angle: jax.Array) -> jax.Array:
    """The noisy data y above, of data and noise [n, d] at angles [n]: [n, d]."""
    return jnp.cos(angle)[:, None] * data + jnp.sin(angle)[:, None] * noise


def velocity(data: jax.Array, noise: jax.Array, angle: jax.Array) -> jax.Array:
    """The velocity v above, of data and noise [n, d] at angles [n]: [n, d]."""
    return noisy(noise, -data, angle)


def denoised(y: jax.Array, velocity: jax.Array, angle: jax.Array) -> jax.Array:
    """D above: the data [n, d] that y [n, d] with a velocity [n, d] comes from."""
    return noisy(y, -velocity, angle)


def velocity_error(
    network: Velocity, data: jax.Array, noise: jax.Array, angle: jax.Array
) -> jax.Array:
    """The loss above, summed over coordinates: [n].

    Args:
      network: that learns the velocity.
      data: [n, d], of about unit variance.
      noise: [n, d], standard normal; 0 in the coordinates that are padding.
      angle: [n].
    """
    found = network(noisy(data, noise, angle), angle).astype(data.dtype)
    return jnp.square(found - velocity(data, noise, angle)).sum(-1)
