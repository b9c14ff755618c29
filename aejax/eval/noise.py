"""What becomes of noise on its way through a model."""

import numpy as np
from numpy.typing import ArrayLike


def through(
    clean: ArrayLike, noisy: ArrayLike, of_clean: ArrayLike, of_noisy: ArrayLike
) -> dict[str, float]:
    """What a model makes of clean and of noisy inputs, four arrays of one shape.

    Args:
      clean: inputs.
      noisy: the same with noise.
      of_clean: what comes out for the clean ones.
      of_noisy: and for the noisy ones.

    Returns:
      `error`, mean squared error of clean inputs; `passed`, squared difference of both
      outputs, and `left`, squared error of noisy inputs against the clean ones, both as
      fractions of the squared noise.
    """
    x, y, fx, fy = (
        np.asarray(a, np.float64) for a in (clean, noisy, of_clean, of_noisy)
    )
    power = np.square(y - x).mean()
    return {
        "error": float(np.square(fx - x).mean()),
        "passed": float(np.square(fy - fx).mean() / power),
        "left": float(np.square(fy - x).mean() / power),
    }
