"""The network of the IWAE paper, its start, and how far it has come.

Burda et al. (arXiv:1509.00519): one stochastic layer of 50 units, two tanh layers
of 200 in the encoder and two in the decoder, pixels that are Bernoulli.
"""

import functools
import os
from collections.abc import Callable
from functools import partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from aejax import images, keys, train
from aejax.metrics import likelihood
from aejax.models import VAE
from aejax.models.autoencoder import ImageShape
from aejax.recipes import vae
from aejax.run.program import compiler_options

HIDDEN, ZDIM = (200, 200), 50

# Draws behind each point of the test curve.
CURVE_SAMPLES = 5

# The log-odds of a pixel that is never lit would be infinite.
LEAST_MEAN = 1e-3

# So many images at a time: their decoded draws should stay in the cache.
_AT_ONCE = 200


def network(image_shape: ImageShape) -> VAE:
    """The paper's network for images of a shape."""
    return VAE(ZDIM, HIDDEN, image_shape, activation=nn.tanh)


def binarized(pictures: np.ndarray) -> jax.Array:
    """Test images, uint8 [n, h, w, c], as 0 and 1: drawn once, with a fixed key."""
    key = keys.stream(0, keys.DRAWS)
    return vae.binarized(key, images.unit(pictures))


def log_odds(pictures: np.ndarray) -> np.ndarray:
    """Inverse sigmoid of the mean image of uint8 [n, h, w, c]: [h, w, c]."""
    mean = pictures.mean(0, dtype=np.float64) / 255
    mean = np.clip(mean, LEAST_MEAN, 1 - LEAST_MEAN)
    return np.log(mean / (1 - mean)).astype(np.float32)


def with_bias(bias: jax.Array, params: Any, hyper: train.Hyper) -> Any:
    """Initial parameters whose decoder starts at the mean image, as the paper's."""
    del hyper
    inner = params["params"]
    last = {**inner["pixels"]["pixels"], "bias": bias}
    pixels = {**inner["pixels"], "pixels": last}
    return {"params": {**inner, "pixels": pixels}}


def bound(
    model: VAE, params: Any, hyper: train.Hyper, held_out: train.Data
) -> train.Metrics:
    """Importance-weighted bound of binary images with a few samples, their mean."""
    key = keys.stream(hyper["seed"], keys.DRAWS)
    found = likelihood.log_likelihood(
        model,
        params,
        held_out,
        key,
        {},
        samples=CURVE_SAMPLES,
        at_once=CURVE_SAMPLES,
    )
    return {"test_bound": found.mean()}


def estimate(
    model: VAE, samples: int, params: Any, pictures: jax.Array, seed: jax.Array
) -> dict[str, jax.Array]:
    """Log-likelihood of each binary image [n], and the number of active units."""
    examples = {
        "image": pictures,
        "key": jax.random.split(keys.stream(seed, keys.DRAWS), len(pictures)),
    }

    def each(batch: train.Data) -> jax.Array:
        # The first image's key draws for all that come with it.
        return likelihood.log_likelihood(
            model, params, {"image": batch["image"]}, batch["key"][0], {},
            samples=samples,
        )  # fmt: skip

    encode = partial(model.apply, params, method="encode")
    means = train.batched(lambda batch: encode(batch).mean, pictures)
    return {
        "log_likelihood": train.batched(each, examples, _AT_ONCE),
        "active": jnp.asarray(likelihood.active_units(means)),
    }


def device() -> str:
    """What programs run on, in words: a CPU's cores are shared out by XLA."""
    if jax.default_backend() != "cpu":
        return jax.devices()[0].device_kind
    return f"as many threads as XLA takes of {os.cpu_count()} CPU cores"


@functools.cache
def estimator(model: VAE, samples: int) -> Callable[..., dict[str, jax.Array]]:
    """`estimate` of a model as a program, compiled once."""
    return jax.jit(
        partial(estimate, model, samples), compiler_options=compiler_options(2)
    )
