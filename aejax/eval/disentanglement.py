"""Does each coordinate of a code stand for one factor? MIG, SAP and DCI.

    mig    gap of the two largest mutual informations (Chen et al., arXiv:1802.04942)
    sap    gap of the two best predictions by one coordinate (Kumar et al.,
           arXiv:1711.00848)
    dci    entropies of the importance of coordinates for predicting factors (Eastwood &
           Williams 2018)

Codes are [n, d]; factors are int [n, k], levels from 0 on. All are 1 for codes that
are the factors, in any order and scale, and know nothing of what is rotated: they
reward axes, not information.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

BINS = 20
"""Into so many parts of equal width a coordinate is cut (Locatello et al. 2019)."""

Matrix = NDArray[np.float64]


class DCI(NamedTuple):
    """Each from 0 to 1.

    Attributes:
      disentanglement: 1 where each coordinate matters for one factor.
      completeness: 1 where each factor depends on one coordinate.
    """

    disentanglement: float
    completeness: float


class Scores(NamedTuple):
    """Each 1 for codes that are the factors.

    Attributes:
      mig, sap: gaps, see `mig` and `sap`.
      disentanglement, completeness: see `DCI`.
    """

    mig: float
    sap: float
    disentanglement: float
    completeness: float


def all_scores(
    codes: ArrayLike,
    factors: ArrayLike,
    categorical: Sequence[bool],
    depth: int | None = 8,
) -> Scores:
    """MIG, SAP and DCI of codes.

    Args:
      codes: [n, d].
      factors: int [n, k].
      categorical: [k] which factors have no order.
      depth: of the trees of DCI, at most.
    """
    found = dci(importance(codes, factors, categorical, depth=depth))
    return Scores(mig(codes, factors), sap(codes, factors, categorical), *found)


def mutual_information(
    codes: ArrayLike, factors: ArrayLike, bins: int = BINS
) -> Matrix:
    """Of each coordinate, cut into bins, and each factor: [d, k] nats.

    Biased upwards, by about (bins - 1)(levels - 1) / 2n.
    """
    z, known = _pair(codes, factors)
    parts = np.stack([_binned(column, bins) for column in z.T])
    found = np.zeros((z.shape[1], known.shape[1]))
    for i, part in enumerate(parts):
        for j, levels in enumerate(known.T):
            counts = np.zeros((bins, levels.max() + 1))
            np.add.at(counts, (part, levels), 1)
            joint = counts / counts.sum()
            apart = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
            seen = joint > 0
            found[i, j] = (joint[seen] * np.log(joint[seen] / apart[seen])).sum()
    return found


def entropies(factors: ArrayLike) -> NDArray[np.float64]:
    """Of each factor: [k] nats."""
    known = np.asarray(factors)
    shares = [
        np.unique(column, return_counts=True)[1] / len(known) for column in known.T
    ]
    return np.array([-(p * np.log(p)).sum() for p in shares])


def mig(codes: ArrayLike, factors: ArrayLike, bins: int = BINS) -> float:
    """The mutual information gap, mean over factors that have several levels.

    For each factor the largest mutual information minus the second largest, in units
    of the factor's entropy.
    """
    whole = entropies(factors)
    several = whole > 0
    gaps = gap(mutual_information(codes, factors, bins))
    return float((gaps[several] / whole[several]).mean())


def named(
    codes: ArrayLike,
    factors: ArrayLike,
    names: Sequence[str],
    used: ArrayLike | None = None,
) -> list[str]:
    """What each coordinate knows most about, with the known part, as in "scale 62 %".

    That is the mutual information in units of the factor's entropy.

    Args:
      codes: [n, d].
      factors: int [n, k].
      names: [k].
      used: bool [d]; others are called "unused", such as those of a low KL.
    """
    whole = entropies(factors)
    found = mutual_information(codes, factors)
    parts = np.divide(found, whole, out=np.zeros_like(found), where=whole > 0)
    active = np.ones(len(parts), bool) if used is None else np.asarray(used)
    return [
        f"{names[own.argmax()]} {100 * own.max():.0f} %" if is_used else "unused"
        for own, is_used in zip(parts, active, strict=True)
    ]


def sap(codes: ArrayLike, factors: ArrayLike, categorical: Sequence[bool]) -> float:
    """The separated attribute predictability, mean over factors.

    For each factor the gap of the two coordinates that predict it best: the squared
    correlation of a factor with an order; of one without, the balanced accuracy of
    thresholds on the coordinate.

    Args:
      codes: [n, d].
      factors: int [n, k].
      categorical: [k] which factors have no order.
    """
    z, known = _pair(codes, factors)
    columns = zip(known.T, categorical, strict=True)
    scores = [_thresholds(z, f) if kind else _squares(z, f) for f, kind in columns]
    return float(gap(np.stack(scores, 1)).mean())


def importance(
    codes: ArrayLike,
    factors: ArrayLike,
    categorical: Sequence[bool],
    trees: int = 10,
    depth: int | None = 8,
) -> Matrix:
    """Of each coordinate for each factor: [d, k], columns sum to 1.

    That of a forest of extremely randomised trees, always of the same random numbers.

    Args:
      codes: [n, d].
      factors: int [n, k].
      categorical: [k] which factors have no order.
      trees: of each forest.
      depth: of each tree, at most.
    """
    z, known = _pair(codes, factors)
    found = []
    with threadpool_limits(1):
        for column, kind in zip(known.T, categorical, strict=True):
            forest = ExtraTreesClassifier if kind else ExtraTreesRegressor
            # Every coordinate is tried at every split; otherwise trees have to use
            # those that say nothing.
            model = forest(trees, max_depth=depth, max_features=None, random_state=0)
            found.append(model.fit(z, column).feature_importances_)
    return np.stack(found, 1)


def dci(importance: ArrayLike) -> DCI:
    """Disentanglement and completeness of an importance matrix [d, k].

    One minus the entropy of each row (relative to log k) or column (to log d); rows
    are weighted by their sum, as a coordinate that matters for nothing says nothing.
    """
    matrix = np.abs(np.asarray(importance, np.float64))
    rows, columns = matrix.sum(1), matrix.sum(0)
    return DCI(
        float((_certainty(matrix) * rows).sum() / max(rows.sum(), 1e-300)),
        float((_certainty(matrix.T) * columns).sum() / max(columns.sum(), 1e-300)),
    )


def gap(scores: ArrayLike) -> NDArray[np.float64]:
    """The largest minus the second largest of each column: [d, k] to [k].

    Raises:
      ValueError: there is one coordinate alone.
    """
    values = np.asarray(scores, np.float64)
    if len(values) < 2:
        raise ValueError("a gap needs codes of two coordinates or more")
    ordered = np.sort(values, axis=0)
    return ordered[-1] - ordered[-2]


def _certainty(matrix: Matrix) -> NDArray[np.float64]:
    """1 - entropy / log(columns) of each row; 0 of a row of zeros."""
    if matrix.shape[1] < 2:
        return np.ones(len(matrix))
    total = matrix.sum(1, keepdims=True)
    p = np.divide(matrix, total, out=np.full_like(matrix, 0.0), where=total > 0)
    logs = np.log(p, out=np.zeros_like(p), where=p > 0)
    found = 1 + (p * logs).sum(1) / np.log(matrix.shape[1])
    return np.where(total[:, 0] > 0, found, 0)


def _binned(column: NDArray, bins: int) -> NDArray[np.int64]:
    low, width = column.min(), np.ptp(column)
    if width == 0:
        return np.zeros(len(column), np.int64)
    return np.minimum((bins * (column - low) / width).astype(np.int64), bins - 1)


def _squares(z: Matrix, factor: NDArray) -> NDArray[np.float64]:
    centred, wanted = z - z.mean(0), factor - factor.mean()
    size = (centred**2).sum(0) * (wanted**2).sum()
    shared = np.square(wanted @ centred)
    return np.divide(shared, size, out=np.zeros(len(size)), where=size > 0)


def _thresholds(z: Matrix, factor: NDArray) -> NDArray[np.float64]:
    levels = np.unique(factor)
    found = []
    for column in z.T[..., None]:
        tree = DecisionTreeClassifier(
            max_leaf_nodes=max(2, len(levels)), class_weight="balanced", random_state=0
        )
        right = tree.fit(column, factor).predict(column) == factor
        found.append(np.mean([right[factor == level].mean() for level in levels]))
    return np.array(found)


def _pair(codes: ArrayLike, factors: ArrayLike) -> tuple[Matrix, NDArray[np.int64]]:
    z, known = np.asarray(codes, np.float64), np.asarray(factors)
    if z.ndim != 2 or known.ndim != 2 or len(z) != len(known):
        raise ValueError(f"codes [n, d], factors [n, k], not {z.shape}, {known.shape}")
    return z, known.astype(np.int64)
