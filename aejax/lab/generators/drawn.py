"""Images of classes that were asked for, and what a classifier learns from them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aejax.eval import accuracy_score
from aejax.eval.heads import Training
from aejax.lab.laboratory import Lab
from aejax.lab.training.programs import compiler_options
from aejax.models import Classifier

WIDTH, BATCH_SIZE, RATE = 8, 64, 4e-3
"""Of the classifiers of accuracy scores."""


class Drawn(NamedTuple):
    """Images of classes that were asked for.

    Attributes:
      images: uint8 [n, h, w, c].
      labels: int [n].
      noise: [n, k] that they were generated of, as in `eval.obedience.asked`; None of
        real ones.
    """

    images: NDArray[np.uint8]
    labels: NDArray
    noise: NDArray | None = None


def drawn(images: NDArray, labels: NDArray, noise: NDArray) -> Drawn:
    """Samples [n, h, w, c] in [0, 1], with as many grey levels as real images have."""
    return Drawn(as_bytes(images), labels, noise)


def as_bytes(images: NDArray) -> NDArray[np.uint8]:
    """Images in [0, 1] as grey levels, a quarter of the memory."""
    return np.round(255 * np.asarray(images)).astype(np.uint8)


def accuracy_scores(
    lab: Lab, seed: int, drawn: Sequence[Drawn], steps: int
) -> list[float]:
    """Accuracy on test images of a classifier of each set, all in one program.

    They are computed once per run, see `eval.accuracy_score`.

    Args:
      lab: of the study.
      seed: of the classifiers.
      drawn: sets of images, of equal size.
      steps: of each classifier's training.
    """
    data = lab.data
    model = Classifier(8 * WIDTH, data.classes, data.image_shape, width=WIDTH)
    executor = lab.options.executor
    how = Training(steps, RATE, BATCH_SIZE, executor, compiler_options(2))

    def make() -> list[float]:
        images = np.stack([one.images for one in drawn])
        labels = np.stack([one.labels for one in drawn])
        found = accuracy_score.accuracy_scores(
            model, images, labels, data.test, training=how, seeds=(seed,)
        )
        return found[:, 0].tolist()

    return lab.cached(f"scores,seed={seed}", make)
