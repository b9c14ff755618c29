"""How alike two representations of the same images are."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


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


def stability(codes: Sequence[ArrayLike]) -> NDArray[np.float64]:
    """How alike each representation is to the others: mean `linear_cka`, [k].

    Args:
      codes: k arrays [n, d] of the same images, such as those of k seeds, k above 1.
    """
    alike = np.array([[linear_cka(a, b) for b in codes] for a in codes])
    np.fill_diagonal(alike, 0)
    return np.asarray(alike.sum(1) / (len(codes) - 1))
