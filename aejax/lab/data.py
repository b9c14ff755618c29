"""The data of a run: images, labels, and facts for the report."""

import dataclasses
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from aejax.data import Images, splits
from aejax.lab.fingerprint import array


@dataclasses.dataclass(frozen=True)
class Data:
    """A data set with its splits.

    Attributes:
      facts: as `aejax.data.describe` gives them: name, version, class_names ...
      train: training images and labels.
      test: test images and labels.
      validation: held-out training images, where a study chooses by them.
      notes: what the user must know about the choice of the data.
    """

    facts: Mapping[str, Any]
    train: Images
    test: Images
    validation: Images | None = None
    notes: tuple[str, ...] = ()

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
        """Place of the first test image of each class, classes in order."""
        return splits.one_per_class(self.test.labels)


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
    return {"image": jnp.asarray(images.images), "label": jnp.asarray(images.labels)}


def unit(images: Images) -> np.ndarray:
    """Images of a split as floats in [0, 1], on the host."""
    from aejax import images as im

    return np.asarray(im.unit(images.images))
