"""Is the shape that noise stands for independent of the class?

Images are encoded again by an encoder that knows no class, so that generators of any
kind are compared in one space.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FOLDS = 5
RIDGE = 1.0
"""Penalty of the linear map from codes to noise."""

ITERATIONS = 300
"""The most that logistic regression takes."""


def shape_correlation(codes: ArrayLike) -> NDArray[np.float64]:
    """Correlation of codes of the same noise in different classes: [n].

    Codes are centred and scaled within their class. Each figure is the mean, over pairs
    of classes, of the cosine of two codes of one noise; so 1 means that noise moves
    codes of all classes alike, and 0 that a shape in one class says nothing about the
    shape in another.

    Args:
      codes: [classes, n, d], of the same n noises in every class.

    Raises:
      ValueError: fewer than two classes or noises.
    """
    points = np.asarray(codes, np.float64)
    if points.ndim != 3 or min(points.shape[:2]) < 2:
        raise ValueError(f"codes {points.shape}, not [classes, n, d] of two or more")
    centred = points - points.mean(1, keepdims=True)
    scale = centred.std(1, keepdims=True)
    white = centred / np.where(scale > 0, scale, 1)
    lengths = np.linalg.norm(white, axis=-1, keepdims=True)
    units = white / np.where(lengths > 0, lengths, 1)
    classes = len(units)
    # The squared length of the sum holds every pair twice, and every code with itself.
    pairs = np.square(units.sum(0)).sum(-1) - np.square(units).sum((0, 2))
    return pairs / (classes * (classes - 1))


def class_probe(
    codes: ArrayLike, noise: ArrayLike, labels: ArrayLike, seed: int = 0
) -> float:
    """Accuracy with which the class is read from noise that is read from the codes.

    A linear map that knows no class estimates the noise of each code; a logistic
    regression then reads the class from these estimates. Both are cross-validated, and
    all codes of one noise are in one fold. Where noise means the same in every class,
    the accuracy is that of guessing; the noise that went in would always give that.

    Args:
      codes: [n, d] of generated images that were encoded again.
      noise: [n, k] of which they were generated, the same in every class.
      labels: int [n], their classes.
      seed: of the folds.
    """
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import GroupKFold, cross_val_predict

    x, y = np.asarray(codes, np.float64), np.asarray(noise, np.float64)
    groups = np.unique(y, axis=0, return_inverse=True)[1].reshape(-1)
    folds = GroupKFold(FOLDS, shuffle=True, random_state=seed)
    found = cross_val_predict(Ridge(RIDGE), x, y, groups=groups, cv=folds)
    return read(found, labels, seed=seed, groups=groups)


def read(
    codes: ArrayLike, labels: ArrayLike, *, seed: int = 0, groups: Any = None
) -> float:
    """Accuracy with which a logistic regression reads classes, cross-validated.

    Args:
      codes: [n, d].
      labels: int [n].
      seed: of the folds.
      groups: [n], what has to be in one fold; None for single codes.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, KFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    kind = KFold if groups is None else GroupKFold
    folds = kind(FOLDS, shuffle=True, random_state=seed)
    reader = make_pipeline(StandardScaler(), LogisticRegression(max_iter=ITERATIONS))
    x, known = np.asarray(codes, np.float64), np.asarray(labels)
    with threadpool_limits(1):
        found = cross_val_predict(reader, x, known, groups=groups, cv=folds)
    return float((found == known).mean())
