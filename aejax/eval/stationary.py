"""What kind of a stationary point it is, by the eigenvalues of the Hessian."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

Kind = Literal["minimum", "maximum", "saddle", "degenerate"]


def classify(hessian: ArrayLike, tolerance: float = 1e-8) -> Kind:
    """Minimum, maximum, saddle, or degenerate, of a point where the gradient is 0.

    All eigenvalues above zero: a strict local minimum; all below: a maximum; some
    above and some below: a saddle, whatever others are zero. Otherwise one is zero and
    the rest have one sign: the Hessian alone does not decide ("degenerate"), as
    x^2 + y^4, x^2 - y^4 and x^2 + y^3 show, which have the same one at 0.

    Args:
      hessian: [n, n], symmetric.
      tolerance: eigenvalues of this fraction of the largest absolute one, or less,
        count as zero.

    Raises:
      ValueError: it is not a square matrix of finite numbers.
    """
    matrix = np.asarray(hessian, np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"a Hessian is [n, n], not {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise ValueError("the Hessian is not finite")
    values = np.linalg.eigvalsh((matrix + matrix.T) / 2)
    least = tolerance * np.abs(values).max(initial=0)
    above, below = (values > least).sum(), (values < -least).sum()
    if above and below:
        return "saddle"
    if len(values) and above == len(values):
        return "minimum"
    return "maximum" if len(values) and below == len(values) else "degenerate"
