"""The encoders of autoencoders, with codes of one scale."""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from aejax import executors, train
from aejax.models import Autoencoder
from aejax.run import study
from aejax.run.program import compiler_options


class Encoders(NamedTuple):
    """One encoder for each seed, and the codes that it gives.

    Its last layer is rescaled so that each coordinate has mean 0 and deviation 1
    over the training images; as that layer is linear, this is still an encoder.

    Attributes:
      model: the network.
      params: [seeds, ...] its parameters.
      train: float32 [seeds, n, zdim] codes of the training images.
      test: float32 [seeds, m, zdim] codes of the test images.
    """

    model: nn.Module
    params: Any
    train: np.ndarray
    test: np.ndarray


def encoders(
    model: Autoencoder, autoencoders: Sequence[Any], run: study.Study
) -> Encoders:
    """Takes the encoders out of autoencoders, and the codes of all images."""
    params = jax.tree.map(
        lambda *leaves: jnp.stack(leaves),
        *({"params": one["params"]["encoder"]} for one in autoencoders),
    )
    encoder = model.bind(autoencoders[0]).encoder.clone(parent=None, name=None)

    def encode(own: Any, _: Any, pictures: Any) -> Any:
        return jax.tree.map(
            partial(train.batched, partial(encoder.apply, own)), pictures
        )

    program = jax.jit(
        executors.over_members(encode, run.settings.executor),
        compiler_options=compiler_options(1),
    )
    pictures = [jnp.asarray(split.images) for split in (run.train, run.test)]
    places = jnp.arange(len(autoencoders))
    codes, held_out = map(np.asarray, program(params, places, pictures))
    mean = codes.mean(1, dtype=np.float64, keepdims=True)
    deviation = codes.std(1, dtype=np.float64, keepdims=True)
    # A dead coordinate stays as it is.
    deviation = np.where(deviation > 1e-6, deviation, 1)
    scaled = [
        ((part - mean) / deviation).astype(np.float32) for part in (codes, held_out)
    ]
    return Encoders(encoder, rescaled(params, mean[:, 0], deviation[:, 0]), *scaled)


def rescaled(params: Any, mean: np.ndarray, deviation: np.ndarray) -> Any:
    """Encoders whose codes are `(code - mean) / deviation`.

    Args:
      params: [seeds, ...] parameters of `Encoder`.
      mean: [seeds, zdim] of their codes.
      deviation: [seeds, zdim] of their codes, without zeros.
    """
    last = params["params"]["latent"]
    kernel, bias = last["kernel"], last["bias"]
    shape = (len(kernel), *(1,) * (kernel.ndim - 2), kernel.shape[-1])
    scaled = {
        "kernel": kernel / jnp.asarray(deviation, kernel.dtype).reshape(shape),
        "bias": (bias - jnp.asarray(mean, bias.dtype))
        / jnp.asarray(deviation, bias.dtype),
    }
    return {"params": {**params["params"], "latent": scaled}}
