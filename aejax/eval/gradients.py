"""Estimators of the gradient of an expectation over a normal distribution.

Each is `(f, mu, sigma, noise) -> (gradient by mu, gradient by sigma)` of one sample,
mu + sigma noise. The mean over the noise is to be the gradient of the mean of f.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def pathwise(f: Callable, mu: jax.Array, sigma: jax.Array, noise: jax.Array) -> Any:
    """Gradient by (mu, sigma) of f at the sample mu + sigma noise."""
    return jax.grad(lambda m, s: f(m + s * noise), (0, 1))(mu, sigma)


def score(
    f: Callable, mu: jax.Array, sigma: jax.Array, noise: jax.Array, baseline: Any = 0.0
) -> Any:
    """The value of f at the sample, times the gradient of its log-density."""

    def log_density(m: jax.Array, s: jax.Array) -> jax.Array:
        return (-jnp.square((z - m) / s) / 2 - jnp.log(s)).sum()

    z = mu + sigma * noise
    slopes = jax.grad(log_density, (0, 1))(mu, sigma)
    return tuple((f(z) - baseline) * slope for slope in slopes)


def as_given(f: Callable, mu: jax.Array, sigma: jax.Array, noise: jax.Array) -> Any:
    """What differentiating through a sampler that returns plain numbers gives."""
    sample = jax.lax.stop_gradient(mu + sigma * noise)
    return jax.grad(lambda m, s: f(sample + 0 * (m + s)), (0, 1))(mu, sigma)


def bias(
    estimator: Callable, functions: Sequence[Callable], mean: float, deviation: float
) -> float:
    """Largest error of an estimator's exact mean, by Gauss-Hermite quadrature.

    In double precision (`jax.enable_x64`); functions have to be smooth, of a number.

    Args:
      estimator: of the gradient.
      functions: f, each a number to a number.
      mean: mu.
      deviation: sigma.
    """
    nodes, w = np.polynomial.hermite_e.hermegauss(60)
    weights, z = jnp.asarray(w / w.sum()), jnp.asarray(nodes)
    mu, sigma = jnp.asarray(mean, z.dtype), jnp.asarray(deviation, z.dtype)

    def error(f: Callable) -> float:
        exact = jax.grad(lambda m, s: weights @ f(m + s * z), (0, 1))(mu, sigma)
        each = jax.vmap(partial(estimator, f, mu, sigma))(z)
        return max(
            float(abs(weights @ e - x)) for e, x in zip(each, exact, strict=True)
        )

    return max(error(f) for f in functions)


def spread(
    estimator: Callable, f: Callable, mu: Any, sigma: Any, noise: Any, **known: Any
) -> jax.Array:
    """Variance of a coordinate of the gradient by mu, the mean over coordinates.

    Args:
      estimator: of the gradient.
      f: [d] to a number.
      mu: [d].
      sigma: [d].
      noise: [samples, d], standard normal.
      known: further arguments of the estimator, such as `baseline`.
    """
    each = jax.vmap(lambda e: estimator(f, mu, sigma, e, **known)[0])(noise)
    return each.var(0, ddof=1).mean()
