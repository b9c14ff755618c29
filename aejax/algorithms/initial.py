"""How a decoder begins: at the mean image of the training set."""

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from aejax.algorithm import Algorithm, Batch, HParams, Params, State

LEAST_MEAN = 1e-3
"""The log-odds of a pixel that is always black would be infinite."""


def log_odds(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Inverse sigmoid [h, w, c] of the mean of images [n, h, w, c]."""
    mean = images.mean(0, dtype=np.float64) / 255
    mean = np.clip(mean, LEAST_MEAN, 1 - LEAST_MEAN)
    return np.log(mean / (1 - mean)).astype(np.float32)


def with_bias(params: Params, bias: jax.Array) -> Params:
    """Parameters with another bias [h, w, c] of the decoder's last layer.

    Raises:
      ValueError: not exactly one leaf has its shape.
    """
    found = [a for a in jax.tree.leaves(params) if a.shape == bias.shape]
    if len(found) != 1:
        raise ValueError(f"{len(found)} leaves of shape {bias.shape}, not one")
    return jax.tree.map(lambda a: bias if a.shape == bias.shape else a, params)


def from_bias(algorithm: Algorithm, bias: NDArray[np.float32]) -> Algorithm:
    """The algorithm, whose decoder begins with this last bias [h, w, c]."""

    def init(key: jax.Array, batch: Batch, hparams: HParams) -> State:
        state = algorithm.init(key, batch, hparams)
        return {**state, "params": with_bias(state["params"], jnp.asarray(bias))}

    return algorithm._replace(init=init)
