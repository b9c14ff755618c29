"""Samples of conditional generators, each model sampled in several ways.

`(values, model, params, noise [n, k], label [n]) -> [values, n, ...]`, with the same
noise for each value; for use inside a compiled program.
"""

from functools import partial

import flax.linen as nn
import jax
from jax import lax

from aejax import diffusion
from aejax.algorithm import Params
from aejax.eval import samples
from aejax.eval.batching import batched
from aejax.models import VAE, Denoiser, LatentGAN


def truncated(
    values: jax.Array, model: LatentGAN, params: Params, noise: jax.Array,
    label: jax.Array,
) -> jax.Array:  # fmt: skip
    """A GAN's codes [values, n, zdim] of noise times each value (`eval.gan.sample`)."""
    generate = partial(model.apply, params, method="generate")
    return lax.map(lambda factor: generate(factor * noise, label), values)


def guided(
    values: jax.Array, model: Denoiser, params: Params, noise: jax.Array,
    label: jax.Array, *, steps: int,
) -> jax.Array:  # fmt: skip
    """A diffusion model's codes [values, n, zdim] with each weight of the guidance."""
    known, free = (diffusion.velocity_of(model, params, y) for y in (label, None))

    def one(weight: jax.Array) -> jax.Array:
        return diffusion.heun(diffusion.guided(known, free, weight), noise, steps)

    return lax.map(one, values)


def decoded(
    values: jax.Array, model: VAE, params: Params, noise: jax.Array, label: jax.Array
) -> jax.Array:
    """A VAE's images [values, n, h, w, c] of latents times each value."""
    decode = partial(samples.of_class, model, params)

    def one(factor: jax.Array) -> jax.Array:
        return batched(decode, {"latents": factor * noise, "row": label}, 1000)

    return lax.map(one, values)


def length_of_noise(model: nn.Module) -> int:
    """How long the noise of a generator of any of these kinds is."""
    return getattr(model, "noise_dim", 0) or getattr(model, "zdim", 0)
