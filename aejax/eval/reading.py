"""What can be read of codes: classes by logistic, numbers by quadratic regression."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from aejax.eval.probes import ITERATIONS

_RIDGE = 1e-3
"""Penalty of a weight, in variances of what it multiplies."""


def read_class(
    train: NDArray, labels: NDArray, test: NDArray, right: NDArray, over: ArrayLike = ()
) -> float:
    """Test accuracy of logistic regression on standardised codes.

    Args:
      train: [n, d] codes of
      labels: [n].
      test: [m, d] codes of
      right: [m].
      over: [k, d], codes by whose mean and deviation all are scaled; `train` if empty.
    """
    scaling = np.asarray(over) if len(np.asarray(over)) else train
    mean, deviation = scaling.mean(0), scaling.std(0) + 1e-6
    known, asked = ((codes - mean) / deviation for codes in (train, test))
    # On data this small, threads would wait for each other.
    with threadpool_limits(1):
        fitted = LogisticRegression(max_iter=ITERATIONS).fit(known, labels)
        return float(fitted.score(asked, right))


def read_numbers(
    train: NDArray, known: NDArray, test: NDArray, right: NDArray
) -> float:
    """R² of test images, the mean over numbers, of quadratic ridge regression.

    Args:
      train: [n, d] codes.
      known: [n, k] numbers that belong to them.
      test: [m, d] codes.
      right: [m, k].
    """
    x, y = quadratic(train), quadratic(test)
    scale = x.std(0) + 1e-6
    x, y = x / scale, y / scale
    middle, centre = known.mean(0), x.mean(0)
    x, y = x - centre, y - centre
    penalty = _RIDGE * len(x) * np.eye(x.shape[1])
    weights = np.linalg.solve(x.T @ x + penalty, x.T @ (known - middle))
    error = np.square(y @ weights + middle - right).mean(0)
    return float((1 - error / right.var(0)).mean())


def quadratic(codes: NDArray) -> NDArray[np.float64]:
    """Codes [n, d] and all products of two coordinates: [n, d (d + 3) / 2]."""
    x = codes.astype(np.float64)
    rows, columns = np.triu_indices(x.shape[1])
    return np.concatenate([x, x[:, rows] * x[:, columns]], 1)
