"""How well groups that were found without labels agree with classes.

All measures take the table of counts [categories, classes]: examples that were
put into a category and are of a class.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import normalized_mutual_info_score


class Matching(NamedTuple):
    """Which category stands for which class.

    Attributes:
      classes: int [categories], the class of each category; -1 for a category
        that is left over where there are more of them than classes.
      accuracy: fraction of the examples that are in the category of their class.
    """

    classes: NDArray[np.int64]
    accuracy: float


def table(
    categories: ArrayLike, labels: ArrayLike, sizes: tuple[int, int]
) -> NDArray[np.int64]:
    """Counts [categories, classes] of the categories [n] and labels [n] of examples.

    Raises:
      ValueError: a category or a label is not below its size.
    """
    counts = np.zeros(sizes, np.int64)
    rows, columns = np.asarray(categories), np.asarray(labels)
    if len(rows) and (rows.max() >= sizes[0] or columns.max() >= sizes[1]):
        raise ValueError(f"categories or labels beyond {sizes}")
    np.add.at(counts, (rows, columns), 1)
    return counts


def match(counts: ArrayLike) -> Matching:
    """The one-to-one matching with the most examples in the category of their class.

    Kuhn's Hungarian method (1955). Each class is matched once, so a class that is
    spread over two categories counts only with the larger one. Labels are used
    here, for measuring, and nowhere in the training.

    Args:
      counts: [categories, classes], at least one example.

    Raises:
      ValueError: there is no example.
    """
    known = _checked(counts)
    rows, columns = linear_sum_assignment(known, maximize=True)
    classes = np.full(len(known), -1, np.int64)
    classes[rows] = columns
    return Matching(classes, float(known[rows, columns].sum() / known.sum()))


def nmi(counts: ArrayLike) -> float:
    """Mutual information of category and class over the mean of their entropies.

    0 where they are independent, 1 where each tells the other (scikit-learn's
    `normalized_mutual_info_score` with the arithmetic mean).

    Args:
      counts: [categories, classes], at least one example.

    Raises:
      ValueError: there is no example.
    """
    known = _checked(counts)
    categories, classes = np.indices(known.shape).reshape(2, -1)
    times = known.ravel()
    found = normalized_mutual_info_score(
        np.repeat(classes, times), np.repeat(categories, times)
    )
    return float(found)


def scores(counts: ArrayLike) -> dict[str, float]:
    """`accuracy` and `nmi` of counts [categories, classes]."""
    return {"accuracy": match(counts).accuracy, "nmi": nmi(counts)}


def confusion(counts: ArrayLike) -> NDArray[np.int64]:
    """Counts [classes, classes] of class and class of the matched category.

    Examples in categories that are left over are in no column.
    """
    known = _checked(counts)
    named = np.zeros((known.shape[1], known.shape[1]), np.int64)
    for category, chosen in enumerate(match(known).classes):
        if chosen >= 0:
            named[:, chosen] = known[category]
    return named


def _checked(counts: ArrayLike) -> NDArray[np.int64]:
    known = np.asarray(counts).astype(np.int64)
    if known.ndim != 2 or known.sum() == 0:
        raise ValueError(f"counts {known.shape} hold no example")
    return known
