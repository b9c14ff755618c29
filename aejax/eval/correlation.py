"""How far the coordinates of a latent code are from being uncorrelated."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

INACTIVE_BELOW = 1e-3
"""A coordinate is inactive below this fraction of the largest standard deviation."""

_FLOAT32_EPS = float(np.finfo(np.float32).eps)

# Well above the rounding of the eigenvalues of a 128 x 128 matrix (some 1e-14),
# so that singular matrices give the same total correlation on every machine.
_EIGENVALUE_FLOOR = 1e-12


@dataclass(frozen=True)
class Correlation:
    """Pearson correlations of the active latent coordinates, and their measures.

    All off-diagonal measures are nan with fewer than two active coordinates:
    there is no pair to measure.

    Attributes:
      matrix: r [d, d] in [-1, 1]; rows and columns of inactive coordinates are nan.
      active: bool [d], True where the coordinate varies.
    """

    matrix: NDArray[np.float64]
    active: NDArray[np.bool_]

    @property
    def inactive(self) -> int:
        """Number of coordinates that do not vary."""
        return int((~self.active).sum())

    @property
    def mean_abs(self) -> float:
        """Mean |r| over the pairs of active coordinates: the headline."""
        return _mean(np.abs(self._pairs))

    @property
    def rms(self) -> float:
        """Root mean square of r over the pairs of active coordinates."""
        return float(np.sqrt(_mean(self._pairs**2)))

    @property
    def max_abs(self) -> float:
        """Largest |r| of any pair of active coordinates."""
        return float(np.abs(self._pairs).max()) if self._pairs.size else float("nan")

    @property
    def total_correlation(self) -> float:
        """Total correlation of a Gaussian with this matrix: -1/2 log det R, nats.

        Zero only for uncorrelated coordinates (Watanabe 1960). Eigenvalues are
        floored at 1e-12, so that a linearly dependent coordinate counts 13.8
        nats instead of infinitely many. With n independent samples about
        d (d - 1) / (4 n) is expected by chance.
        """
        if not self._pairs.size:
            return float("nan")
        floored = np.maximum(self._eigenvalues, _EIGENVALUE_FLOOR)
        return max(0.0, float(-0.5 * np.log(floored).sum()))

    @property
    def effective_rank(self) -> float:
        """Effective number of independent active coordinates, between 1 and d.

        The exponential of the entropy of the normalised eigenvalues of R (Roy &
        Vetterli 2007, "The effective rank", there of singular values); 0 if all
        coordinates are inactive.
        """
        if not self.active.any():
            return 0.0
        weights = np.maximum(self._eigenvalues, 0)
        weights = weights[weights > 0] / weights.sum()
        return float(np.exp(-(weights * np.log(weights)).sum()))

    @property
    def effective_rank_fraction(self) -> float:
        """Effective rank divided by d, inactive coordinates included in d."""
        return self.effective_rank / self.active.size

    def scalars(self) -> dict[str, float]:
        """All measures by name, as columns of results.csv."""
        return {
            "mean_abs_r": self.mean_abs,
            "rms_r": self.rms,
            "max_abs_r": self.max_abs,
            "total_correlation": self.total_correlation,
            "effective_rank_fraction": self.effective_rank_fraction,
            "effective_rank": self.effective_rank,
            "inactive": self.inactive,
        }

    @property
    def _active_matrix(self) -> NDArray[np.float64]:
        return self.matrix[np.ix_(self.active, self.active)]

    @property
    def _pairs(self) -> NDArray[np.float64]:
        rows, columns = np.triu_indices(int(self.active.sum()), k=1)
        return self._active_matrix[rows, columns]

    @property
    def _eigenvalues(self) -> NDArray[np.float64]:
        return np.asarray(np.linalg.eigvalsh(self._active_matrix), np.float64)


def correlation(
    codes: ArrayLike, *, inactive_below: float = INACTIVE_BELOW
) -> Correlation:
    """Pearson correlation matrix of latent codes.

    A coordinate is inactive, and left out, if its standard deviation is at most
    `inactive_below` times the largest of all coordinates, or no more than float32
    rounding of its own values. The computation is in float64.

    Args:
      codes: float [n, d], one code per row, n >= 2.
      inactive_below: relative threshold of the standard deviation.

    Returns:
      The matrix and its measures.

    Raises:
      ValueError: if the codes are not [n >= 2, d >= 1] or not finite.
    """
    values = np.asarray(codes, np.float64)
    if values.ndim != 2 or values.shape[0] < 2 or values.shape[1] < 1:
        raise ValueError(f"codes must be [n >= 2, d >= 1], got {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("codes hold nan or inf: the model that gave them diverged")
    active = _active(values, inactive_below)
    centred = values[:, active] - values[:, active].mean(axis=0)
    unit = centred / np.linalg.norm(centred, axis=0)
    matrix = np.full((active.size, active.size), np.nan)
    matrix[np.ix_(active, active)] = np.clip(unit.T @ unit, -1, 1)
    places = np.flatnonzero(active)
    matrix[places, places] = 1
    return Correlation(matrix=matrix, active=active)


def chance_level(n: int) -> float:
    """Mean |r| expected from n samples of independent coordinates.

    r is close to Gaussian with variance 1/n, and the mean absolute value of a
    Gaussian is sqrt(2 / pi) of its standard deviation: sqrt(2 / (pi n)).

    Args:
      n: number of codes the correlation was computed from.
    """
    return float(np.sqrt(2 / (np.pi * n)))


def _active(values: NDArray[np.float64], inactive_below: float) -> NDArray[np.bool_]:
    std = values.std(axis=0)
    rounding = _FLOAT32_EPS * np.abs(values).max(axis=0)
    return (std > inactive_below * std.max()) & (std > rounding)


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if values.size else float("nan")
