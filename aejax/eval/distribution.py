"""All that is measured of generated images as a distribution, by one call.

The same call gives what a figure has to be compared with: real training images against
real test images (no generator that generalises is expected to be better), and
reconstructions of test images against them (a decoder's own limit).
"""

import numpy as np
from numpy.typing import ArrayLike

from aejax.eval.class_histogram import class_histogram
from aejax.eval.frechet import frechet_distance
from aejax.eval.kernel import kernel_distance
from aejax.eval.precision_recall import NEIGHBOURS, precision_recall
from aejax.eval.variability import variability


def compare(
    generated: ArrayLike,
    real: ArrayLike,
    *,
    probabilities: ArrayLike | None = None,
    labels: ArrayLike | None = None,
    neighbours: int = NEIGHBOURS,
) -> dict[str, float]:
    """Scalars of generated images against real ones.

    Args:
      generated: [n, f] features of generated images.
      real: [m, f] features of real test images. Only figures with equal n and m should
        be compared; the kernel distance alone has no bias.
      probabilities: [n, classes] of the generated images, by the evaluation classifier.
      labels: int [m], classes of the real images; given with `probabilities`.
      neighbours: of `precision_recall`.

    Returns:
      "frechet", "kernel", "precision", "recall"; with probabilities and labels
      "class_distance" (total variation between the classes decided and those of the
      real images) and "variability" (variance within a class relative to that of real
      images, mean over classes); and n and m, "images" and "real_images".

    Raises:
      ValueError: too few images, features of different lengths, or only one of
        `probabilities` and `labels`.
    """
    made, true = np.asarray(generated), np.asarray(real)
    found = precision_recall(made, true, neighbours)
    measured = {
        "frechet": frechet_distance(made, true),
        "kernel": kernel_distance(made, true),
        "precision": found.precision,
        "recall": found.recall,
        "images": len(made),
        "real_images": len(true),
    }
    if (probabilities is None) != (labels is None):
        raise ValueError("give both probabilities and labels, or none")
    if probabilities is None or labels is None:
        return measured
    decided = np.asarray(probabilities)
    classes, decisions = decided.shape[1], decided.argmax(-1)
    return {
        **measured,
        "class_distance": class_histogram(decisions, labels, classes).distance,
        "variability": variability(made, decisions, true, labels, classes).mean,
    }
