"""Training of networks that answer at every position of an input."""

from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax

from aejax.algorithm import Algorithm, gradient
from aejax.algorithms.schedules import one_cycle_adam

Judge = Callable[[jax.Array, jax.Array], tuple[jax.Array, jax.Array]]
"""`(output, y) -> (loss, error)`, as in `losses.positions`."""


def positionwise(model: nn.Module, *, judge: Judge, steps: int) -> Algorithm:
    """Adam with one cycle on the loss of the outputs.

    Data are "x", what is shown, and "y", the answers. Records the error.

    Args:
      model: of x.
      judge: gives loss and error.
      steps: length of the training.
    """

    def loss(params: Any, batch: Any, key: jax.Array, hparams: Any) -> Any:
        del key, hparams
        found, error = judge(model.apply(params, batch["x"]), batch["y"])
        return found, {"error": error}

    def init(key: jax.Array, batch: Any, hparams: Any) -> Any:
        del hparams
        return model.init(key, batch["x"])

    return gradient(model, loss, one_cycle_adam(steps), init=init)
