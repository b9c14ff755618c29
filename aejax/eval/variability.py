"""How much the images of one class differ from each other."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Variability(NamedTuple):
    """Variance within each class.

    Attributes:
      generated: [classes], of generated images.
      real: [classes], of real ones.
      relative: [classes], generated over real: 1 is right, 0 one image for all.
    """

    generated: NDArray[np.float64]
    real: NDArray[np.float64]
    relative: NDArray[np.float64]

    @property
    def mean(self) -> float:
        """Mean of `relative` over the classes that have one; nan without any."""
        found = self.relative[np.isfinite(self.relative)]
        return float(found.mean()) if len(found) else float("nan")


def variability(
    generated: ArrayLike,
    decisions: ArrayLike,
    real: ArrayLike,
    labels: ArrayLike,
    classes: int,
) -> Variability:
    """Variance of generated images within their class, relative to that of real ones.

    Args:
      generated: [n, f] features of generated images.
      decisions: int [n], their classes: given to a conditional generator, or decided
        by the evaluation classifier.
      real: [m, f] features of real images.
      labels: int [m], their classes.
      classes: number of classes.

    Raises:
      ValueError: features of different lengths, or not as many classes as features.
    """
    made = within_class_variance(generated, decisions, classes)
    true = within_class_variance(real, labels, classes)
    if np.shape(generated)[1] != np.shape(real)[1]:
        raise ValueError(f"features {np.shape(generated)} and {np.shape(real)}")
    unknown = np.full(classes, np.nan)
    relative = np.divide(made, true, out=unknown, where=true > 0)
    return Variability(made, true, relative)


def within_class_variance(
    features: ArrayLike, labels: ArrayLike, classes: int
) -> NDArray[np.float64]:
    """Trace of the covariance of the features of each class: [classes].

    In squared units of the features, unbiased; nan of a class with fewer than two
    images.

    Args:
      features: [n, f].
      labels: int [n].
      classes: number of classes.

    Raises:
      ValueError: there are not as many labels as features.
    """
    points, known = np.asarray(features, np.float64), np.asarray(labels)
    if points.ndim != 2 or known.shape != points.shape[:1]:
        raise ValueError(f"features {points.shape} with labels {known.shape}")
    groups = (points[known == c] for c in range(classes))
    return np.array([g.var(0, ddof=1).sum() if len(g) > 1 else np.nan for g in groups])
