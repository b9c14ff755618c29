"""How alike two representations of the same images are."""

import numpy as np
from numpy.typing import ArrayLike


def linear_cka(first: ArrayLike, second: ArrayLike) -> float:
    """Centred kernel alignment, linear kernels (Kornblith et al., arXiv:1905.00414).

    1 for representations that differ by rotation, scale and place alone; about 0 for
    independent ones of many more images than coordinates.

    Args:
      first: codes [n, d].
      second: codes [n, e] of the same images.

    Returns:
      In [0, 1]; nan where one representation does not vary.

    Raises:
      ValueError: they are not codes of the same number of images.
    """
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if a.ndim != 2 or b.ndim != 2 or len(a) != len(b):
        raise ValueError(f"codes [n, d] and [n, e], not {a.shape} and {b.shape}")
    a, b = a - a.mean(0), b - b.mean(0)
    scale = np.linalg.norm(a.T @ a) * np.linalg.norm(b.T @ b)
    return float(np.square(a.T @ b).sum() / scale) if scale > 0 else float("nan")
