"""Does a conditional generator draw the class that it is asked for?"""

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.neighbors import KNeighborsClassifier

from aejax import sampling


def asked(key: jax.Array, classes: int, count: int, size: int) -> dict[str, jax.Array]:
    """What a conditional generator is asked for: the same noise in every class.

    So the class and nothing else differs between the classes' samples, and what the
    noise does can be compared across them (`eval.independence`).

    Args:
      key: of the noise.
      classes: number of classes.
      count: samples of each.
      size: length of the noise.

    Returns:
      "noise" [classes * count, size], standard normal, and "label", int32 [classes *
      count], class after class.
    """
    drawn = sampling.noise(key, jnp.zeros((count, size)))
    labels = jnp.repeat(jnp.arange(classes, dtype=jnp.int32), count)
    return {"noise": jnp.tile(drawn, (classes, 1)), "label": labels}


def obedience(
    probabilities: ArrayLike, labels: ArrayLike, classes: int
) -> NDArray[np.float64]:
    """Fraction of each class's samples that the evaluation classifier gives that class.

    Args:
      probabilities: [n, classes] of generated images.
      labels: int [n], the classes that were asked for.
      classes: number of classes.

    Returns:
      [classes]; nan of a class that nobody asked for.

    Raises:
      ValueError: there are not as many labels as images.
    """
    decided, known = np.asarray(probabilities).argmax(-1), np.asarray(labels)
    if decided.shape != known.shape:
        raise ValueError(f"{decided.shape} decisions with labels {known.shape}")
    right = decided == known
    groups = (right[known == c] for c in range(classes))
    return np.array([g.mean() if len(g) else np.nan for g in groups])


def by_nearest(known: NDArray, labels: NDArray, drawn: NDArray) -> NDArray[np.bool_]:
    """Whether the nearest of all known images has the class that was asked for.

    A judge that needs no training, where the images are few.

    Args:
      known: [n, pixels], images with
      labels: int [n].
      drawn: [models, classes, styles, pixels]: every style in every class.

    Returns:
      [models, classes, styles].
    """
    judge = KNeighborsClassifier(1, algorithm="brute").fit(known, labels)
    classes = judge.predict(drawn.reshape(-1, drawn.shape[-1]))
    return classes.reshape(drawn.shape[:-1]) == np.arange(drawn.shape[1])[:, None]
