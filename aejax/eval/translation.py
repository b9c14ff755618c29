"""How well images were translated into another style: class, style and distance."""

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier

from aejax import images
from aejax.data.styles import Styles


class Judge:
    """The nearest of all known images of both styles says class and style.

    Args:
      known: images of both styles, and their
      labels: [n] classes.
    """

    def __init__(self, known: Styles, labels: NDArray) -> None:
        """Keeps all of them."""
        rows = np.concatenate([_rows(np.asarray(images.unit(part))) for part in known])
        names = np.concatenate([labels, labels - 1 - labels.max()])
        self._classes = int(labels.max()) + 1
        self._nearest = KNeighborsClassifier(1, algorithm="brute").fit(rows, names)

    def __call__(self, shown: NDArray) -> tuple[NDArray, NDArray]:
        """Classes [n] of images in [0, 1], and whether each is an outline [n]."""
        found = self._nearest.predict(_rows(shown))
        return found % self._classes, found < 0

    def success(
        self, filled: NDArray, outline: NDArray, true: Styles, labels: NDArray
    ) -> dict[str, float]:
        """Of translations both ways: `kept`, `style` and `distance`, means of the two.

        Args:
          filled: [n, h, w, c] in [0, 1], made of the true outlines.
          outline: made of the true filled images.
          true: uint8 or in [0, 1], what is to be reached.
          labels: [n], the classes.

        Returns:
          `kept`, fraction whose class is that of the original; `style`, fraction that
          is of the style asked for; `distance`, root mean squared error of a pixel
          from the true counterpart, mean over images.
        """
        both = []
        for made, known, is_outline in (
            (outline, true.outline, True),
            (filled, true.filled, False),
        ):
            classes, outlines = self(made)
            target = _rows(np.asarray(images.unit(known)))
            error = np.square(_rows(made) - target).mean(1)
            same, reached = classes == labels, outlines == is_outline
            both.append((same.mean(), reached.mean(), np.sqrt(error).mean()))
        names = ("kept", "style", "distance")
        means = np.mean(both, 0)
        return {name: float(mean) for name, mean in zip(names, means, strict=True)}


def _rows(shown: NDArray) -> NDArray:
    return np.asarray(shown).reshape(len(shown), -1)
