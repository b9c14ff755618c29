"""The evaluation classifier: one model by which all generated images are measured.

It is trained apart from every model that it evaluates, with labels, on the training
images of the data set. Its features are the space in which distances between images
are measured; its accuracy is stated with each result that uses it.
"""

import dataclasses
from functools import partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from aejax import images as im
from aejax.eval.batching import batched


@dataclasses.dataclass(frozen=True)
class EvaluationClassifier:
    """A trained classifier and how far it can be trusted.

    Attributes:
      model, params: the classifier.
      accuracy: fraction of this run's test images that it classifies correctly.
      examples: number of these images.
      origin: what it was trained on, for reports.
      has_seen: whether these images are known to be part of its training set.
      program: its compiled `describe`.
    """

    model: nn.Module
    params: Any
    accuracy: float
    examples: int
    origin: str
    has_seen: bool = False
    program: Any = None

    @property
    def statement(self) -> str:
        """One sentence that every result that uses it carries."""
        aside = "; they are part of its training set" if self.has_seen else ""
        return (
            f"Evaluation classifier: convolutional, {self.origin}; it classifies "
            f"{self.accuracy:.2%} of these {self.examples:,} test images "
            f"correctly{aside}."
        )

    def classify(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Features [n, features] and class probabilities [n, classes] of images.

        Args:
          images: [n, h, w, c], uint8 or in [0, 1].

        Raises:
          ImageError: they are neither.
        """
        im.check(images)
        found = jax.device_get(self.program(self.params, jnp.asarray(images)))
        return np.asarray(found[0]), np.asarray(found[1])

    def features(self, images: np.ndarray) -> np.ndarray:
        """Features [n, features] of images [n, h, w, c], uint8 or in [0, 1]."""
        return self.classify(images)[0]


def make(
    model: nn.Module,
    params: Any,
    images: np.ndarray,
    labels: np.ndarray,
    origin: str,
    *,
    has_seen: bool = False,
    compiler_options: dict[str, Any] | None = None,
) -> EvaluationClassifier:
    """A classifier with its accuracy on some images.

    Args:
      model: with methods `describe` and `__call__`, such as `models.Classifier`.
      params: its parameters.
      images: [n, h, w, c] test images.
      labels: [n] their classes.
      origin: what it was trained on, in words.
      has_seen: whether these images are part of its training set.
      compiler_options: of its program.
    """
    program = jax.jit(partial(describe, model), compiler_options=compiler_options)
    found = EvaluationClassifier(
        model, params, 0.0, len(labels), origin, has_seen, program
    )
    _, probabilities = found.classify(images)
    accuracy = float(np.mean(probabilities.argmax(-1) == labels))
    return dataclasses.replace(found, accuracy=accuracy)


def describe(
    model: nn.Module, params: Any, images: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Features and class probabilities of any number of images, batch by batch."""

    def both(batch: jax.Array) -> tuple[jax.Array, jax.Array]:
        features = model.apply(params, batch, method="describe")
        return features, jax.nn.softmax(model.apply(params, batch))

    return batched(both, images)
