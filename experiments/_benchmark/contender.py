"""What every contender gives its worker."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .cases import EXAMPLES, MODELS


class Contender(NamedTuple):
    """A case that is ready to run.

    Attributes:
      call: computes the case's steps, and returns when they are done.
      flops: operations of one step of one member.
      compile_seconds: spent on tracing and compiling; None where nothing is.
      device_memory: the greatest number of bytes that were taken on a device of
        its own so far; None where it computes in the host's memory.
      detail: settings worth to be known, such as the number of threads.
    """

    call: Callable[[], None]
    flops: int
    compile_seconds: float | None
    device_memory: Callable[[], int | None]
    detail: str


def images(model: str) -> NDArray[np.uint8]:
    """Training examples of a name in `MODELS`: noise, for their content costs no time.

    [n, h, w, c], or [n, 2, h, w, c] where they are pairs.
    """
    noise = np.random.default_rng(0)
    return noise.integers(0, 256, (EXAMPLES, *MODELS[model].example_shape), np.uint8)


def timed(function: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds that a function takes, and what it returns."""
    began = time.perf_counter()
    result = function()
    return time.perf_counter() - began, result
