"""Samples of diffusion models: the probability-flow equation, integrated.

Karras et al. (arXiv:2206.00364): with noise of standard deviation s as the time, data
flow by dy/ds = (y - D(y, s)) / s, from N(0, s_max^2 I) to a sample at s = 0. All is
deterministic but the first noise.
"""

from collections.abc import Callable

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax import lax

from aejax import sampling
from aejax.algorithm import HParams, Params
from aejax.losses.diffusion import Denoise, precondition

LEAST, GREATEST = 0.005, 80.0
"""Standard deviations of the noise, between which samples are made; data have 1."""

CURVATURE = 7.0
"""The paper's rho: larger ones place more levels at small noise."""

STEPS = 16
"""Of a sample, where nothing else is asked for."""

Solver = Callable[[Denoise, jax.Array, jax.Array], jax.Array]
"""`(denoise, noise [n, d], levels [steps + 1]) -> codes [n, d]`."""


def levels(
    steps: int,
    least: float = LEAST,
    greatest: float = GREATEST,
    curvature: float = CURVATURE,
    dtype: jax.typing.DTypeLike = jnp.float32,
) -> jax.Array:
    """Noise levels at which a sample is changed: [steps + 1], decreasing to 0.

    Evenly spaced powers 1 / curvature of them, from `greatest` to `least`, then 0.

    Args:
      steps: 2 or more.
      least: the last level before 0.
      greatest: the first level.
      curvature: above 0.
      dtype: of the result.

    Raises:
      ValueError: fewer than two steps.
    """
    if steps < 2:
        raise ValueError(f"steps={steps}: a sample needs 2 steps or more")
    first, last = greatest ** (1 / curvature), least ** (1 / curvature)
    between = jnp.linspace(first, last, steps, dtype=dtype) ** curvature
    return jnp.append(between, jnp.zeros((), dtype))


def euler(denoise: Denoise, noise: jax.Array, levels: jax.Array) -> jax.Array:
    """One evaluation per step; the error falls with the number of steps.

    Args:
      denoise: of these codes.
      noise: [n, d], standard normal; 0 in the coordinates that are padding.
      levels: [steps + 1], see `levels`.

    Returns:
      Codes [n, d].
    """

    def step(y: jax.Array, pair: jax.Array) -> tuple[jax.Array, None]:
        now, after = pair
        return y + (after - now) * _slope(denoise, y, now), None

    pairs = jnp.stack([levels[:-1], levels[1:]], -1)
    return lax.scan(step, levels[0] * noise, pairs)[0]


def heun(denoise: Denoise, noise: jax.Array, levels: jax.Array) -> jax.Array:
    """Two evaluations per step, one in the last; the error falls with its square.

    Args:
      denoise: of these codes.
      noise: [n, d], standard normal; 0 in the coordinates that are padding.
      levels: [steps + 1], see `levels`.

    Returns:
      Codes [n, d].
    """

    def step(y: jax.Array, pair: jax.Array) -> tuple[jax.Array, None]:
        now, after = pair
        slope = _slope(denoise, y, now)
        further = _slope(denoise, y + (after - now) * slope, after)
        return y + (after - now) * (slope + further) / 2, None

    pairs = jnp.stack([levels[:-1], levels[1:]], -1)
    y, _ = lax.scan(step, levels[0] * noise, pairs[:-1])
    # At level 0 there is no slope: the last step is the denoiser's result.
    return denoise(y, jnp.full(len(y), levels[-2]))


def _slope(denoise: Denoise, y: jax.Array, level: jax.Array) -> jax.Array:
    return (y - denoise(y, jnp.full(len(y), level))) / level


def guided(conditional: Denoise, free: Denoise, guidance: jax.Array) -> Denoise:
    """A denoiser that moves away from what it would do without the class.

    (1 + w) D(y, s, class) - w D(y, s) with the weight w: classifier-free guidance (Ho &
    Salimans, arXiv:2207.12598). 0 is the conditional model, and -1 the free one.

    Args:
      conditional: knows the class.
      free: does not.
      guidance: w, a scalar or [n], one for each code.
    """

    def denoise(noisy: jax.Array, sigma: jax.Array) -> jax.Array:
        w = jnp.broadcast_to(guidance, sigma.shape).astype(noisy.dtype)[:, None]
        return (1 + w) * conditional(noisy, sigma) - w * free(noisy, sigma)

    return denoise


def denoiser(
    model: nn.Module, params: Params, labels: jax.Array | None = None
) -> Denoise:
    """The denoiser that a network makes, of codes with these labels [n] or none."""
    return precondition(lambda x, level: model.apply(params, x, level, labels))


def sample(
    model: nn.Module,
    params: Params,
    key: jax.Array,
    count: int,
    hparams: HParams,
    *,
    labels: jax.Array | None = None,
    guidance: jax.Array | float | None = None,
    steps: int = STEPS,
    solver: Solver = heun,
) -> jax.Array:
    """Codes of a trained network, all at once.

    Args:
      model: a `models.Denoiser`, padded or not.
      params: its parameters.
      key: of the noise; a padded model gives the codes of the model alone.
      count: number of codes.
      hparams: `zdim`, the member's own, where the model is padded.
      labels: int [count], the class of each code; None for codes of any class.
      guidance: weight of `guided`, a scalar or [count]; None for the conditional model
        as it is, which takes half the evaluations. Needs labels.
      steps: of the solver.
      solver: `heun` or `euler`.

    Returns:
      [count, zdim], on the scale of the codes that the network was trained on; 0 in
      the coordinates that are padding.

    Raises:
      ValueError: labels for a network without classes, or guidance without labels.
    """
    if labels is not None and not model.classes:
        raise ValueError("labels need a network with classes")
    if labels is None and guidance is not None:
        raise ValueError("guidance needs labels")
    denoise = denoiser(model, params, labels)
    if guidance is not None:
        denoise = guided(denoise, denoiser(model, params), jnp.asarray(guidance))
    noise = own_noise(key, jnp.zeros((count, model.zdim), model.param_dtype), hparams)
    return solver(denoise, noise, levels(steps, dtype=noise.dtype))


def own_noise(key: jax.Array, like: jax.Array, hparams: HParams) -> jax.Array:
    """Standard normal noise like codes [n, zdim]: 0 beyond the member's own `zdim`."""
    zdim = hparams.get("zdim", jnp.int32(like.shape[-1]))
    mask = sampling.mask(like.shape[-1], zdim).astype(like.dtype)
    return sampling.noise(key, like) * mask[None]
