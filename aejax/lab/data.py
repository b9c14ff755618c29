"""The data of a run: images, labels, and facts for the report."""

import dataclasses
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from aejax.data import Images, splits
from aejax.lab.run.fingerprint import array

SHOWN, UNLABELLED = 20, 10
"""Most test images that are shown of a set, with labels and without."""


@dataclasses.dataclass(frozen=True)
class Data:
    """A data set with its splits.

    Attributes:
      facts: as `aejax.data.describe` gives them: name, version, class_names ...
      train: training images and labels.
      test: test images and labels.
      validation: held-out training images, where a study chooses by them.
      notes: what the user must know about the choice of the data.
      source: how they were asked for: dataset, image_size, channels, limit.
    """

    facts: Mapping[str, Any]
    train: Images
    test: Images
    validation: Images | None = None
    notes: tuple[str, ...] = ()
    source: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def has_labels(self) -> bool:
        """Whether the classes of the images are known."""
        return self.train.has_labels

    @property
    def name(self) -> str:
        """Of the data set."""
        return str(self.facts["name"])

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of the images."""
        height, width, channels = self.train.images.shape[1:]
        return height, width, channels

    @property
    def held_out(self) -> Images:
        """`validation`, of a study that holds images out.

        Raises:
          ValueError: it holds none out.
        """
        if self.validation is None:
            raise ValueError("this study holds no training images out")
        return self.validation

    def changed(self, change: Callable[[np.ndarray], np.ndarray]) -> "Data":
        """The same with other images: `change` of those [n, ...] of each split."""
        parts = ("train", "validation", "test")
        known = {n: getattr(self, n) for n in parts if getattr(self, n) is not None}
        return dataclasses.replace(
            self,
            **{n: s._replace(images=change(s.images)) for n, s in known.items()},
        )

    def arrays(self) -> dict[str, dict[str, jax.Array]]:
        """Every split on the device: "train", "test" and, if any, "validation"."""
        known = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: arrays(s) for name, s in known.items() if s is not None}

    def content(self) -> dict[str, Any]:
        """Type, shape and CRC-32 of every array, by which a run knows its data."""
        known = {"train": self.train, "validation": self.validation, "test": self.test}
        return described(known)

    @property
    def class_names(self) -> list[str]:
        """Of the classes, in the order of labels."""
        return list(self.facts["class_names"])

    @property
    def classes(self) -> int:
        """The number of classes."""
        return len(self.class_names)

    @cached_property
    def one_per_class(self) -> np.ndarray:
        """Places of test images to be shown: the first of each class, in their order.

        Of more than 20 classes the first 20; of images without labels the first 10.
        """
        if not self.has_labels:
            return np.arange(min(UNLABELLED, len(self.test.images)))
        return splits.one_per_class(self.test.labels)[:SHOWN]

    @property
    def shown(self) -> str:
        """What `one_per_class` are, in words."""
        if not self.has_labels:
            return "The first test images"
        more = len(np.unique(self.test.labels)) > SHOWN
        return f"Test images, one of each {'of 20 classes' if more else 'class'}"


def described(splits: Mapping[str, Images | None]) -> dict[str, Any]:
    """Type, shape and CRC-32 of the arrays of some splits."""
    return {
        f"{name} {part}": array(values)
        for name, split in splits.items()
        if split is not None
        for part, values in split._asdict().items()
        if values is not None
    }


def arrays(images: Images) -> dict[str, jax.Array]:
    """A split on the device, as training takes it."""
    found = {"image": jnp.asarray(images.images)}
    if images.has_labels:
        found["label"] = jnp.asarray(images.labels)
    return found


def unit(images: Images) -> np.ndarray:
    """Images of a split as floats in [0, 1], on the host."""
    from aejax import images as im

    return np.asarray(im.unit(images.images))
