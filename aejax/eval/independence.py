"""Is the shape that noise stands for independent of the class?

Images are encoded again by an encoder that knows no class, so that generators of any
kind are compared in one space.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FOLDS = 5
RIDGE = 1.0
"""Penalty of the linear map from codes to noise."""

ROUNDING = 1e-9
"""Estimates that deviate less do not vary."""

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
    white = _centred(codes)
    lengths = np.linalg.norm(white, axis=-1, keepdims=True)
    units = white / np.where(lengths > 0, lengths, 1)
    classes = len(units)
    # The squared length of the sum holds every pair twice, and every code with itself.
    pairs = np.square(units.sum(0)).sum(-1) - np.square(units).sum((0, 2))
    return pairs / (classes * (classes - 1))


def noise_in_new_class(codes: ArrayLike, noise: ArrayLike) -> float:
    """Correlation of the noise with what a probe reads that never saw the class.

    A linear map reads the noise from the codes of all classes but one, centred within
    their class, and is tested on that one; mean over classes and over the noise's
    coordinates. 1 if noise means the same in every class. (A probe that reads the
    class from such estimates says less: the noise that went in never tells the class,
    and the estimates do where the map is poor.)

    Args:
      codes: [classes, n, d] of images of the same n noises in every class.
      noise: [n, k] these noises.

    Raises:
      ValueError: fewer than two classes or noises.
    """
    from sklearn.linear_model import Ridge

    centred = _centred(codes)
    known = np.asarray(noise, np.float64)
    found = []
    for left_out, test in enumerate(centred):
        others = np.delete(centred, left_out, 0)
        target = np.tile(known, (len(others), 1))
        model = Ridge(RIDGE).fit(others.reshape(-1, others.shape[-1]), target)
        estimate = model.predict(test)
        pairs = zip(estimate.T, known.T, strict=True)
        varies = [(a, b) for a, b in pairs if a.std() > ROUNDING]
        each = [np.corrcoef(a, b)[0, 1] for a, b in varies]
        found.append(sum(each) / known.shape[1])
    return float(np.mean(found))


def _centred(codes: ArrayLike) -> NDArray[np.float64]:
    """Codes [classes, n, d] with mean 0 and deviation 1 within each class."""
    points = np.asarray(codes, np.float64)
    if points.ndim != 3 or min(points.shape[:2]) < 2:
        raise ValueError(f"codes {points.shape}, not [classes, n, d] of two or more")
    centred = points - points.mean(1, keepdims=True)
    scale = centred.std(1, keepdims=True)
    return centred / np.where(scale > 0, scale, 1)


def read(codes: ArrayLike, labels: ArrayLike, seed: int = 0) -> float:
    """Accuracy with which a logistic regression reads classes, cross-validated.

    Args:
      codes: [n, d].
      labels: int [n].
      seed: of the folds.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import KFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    folds = KFold(FOLDS, shuffle=True, random_state=seed)
    reader = make_pipeline(StandardScaler(), LogisticRegression(max_iter=ITERATIONS))
    x, known = np.asarray(codes, np.float64), np.asarray(labels)
    with threadpool_limits(1):
        found = cross_val_predict(reader, x, known, cv=folds)
    return float((found == known).mean())
