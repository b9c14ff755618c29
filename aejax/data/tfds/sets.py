"""The builders of the data sets, by name."""

import dataclasses
from pathlib import Path
from typing import Any

import tensorflow_datasets as tfds

from aejax.data import catalogue
from aejax.data.tfds import bundled, official, places


@dataclasses.dataclass(frozen=True)
class DataSet:
    """A data set's builder, and whether its data come with the dependencies."""

    builder: type[tfds.core.GeneratorBasedBuilder]
    is_bundled: bool
    config: str | None = None

    @property
    def name(self) -> str:
        """Of the set, with its configuration: emnist/letters."""
        return "/".join(filter(None, (self.builder.name, self.config)))

    def folder(self, root: Path) -> Path:
        """Where the set lies under a data root, prepared or not."""
        return places.set_folder(root, self.name, str(self.builder.VERSION))

    def make(self, root: Path, **how: Any) -> tfds.core.GeneratorBasedBuilder:
        """The builder in a data root."""
        config = {"config": self.config} if self.config else {}
        return self.builder(data_dir=root, **config, **how)


_BUILDERS: dict[str, type[tfds.core.GeneratorBasedBuilder]] = {
    "mnist": official.MNIST,
    "fashion_mnist": official.FashionMNIST,
    "cifar10": official.Cifar10,
    "kmnist": official.KMNIST,
    "emnist": official.EMNIST,
    "svhn_cropped": official.SvhnCropped,
    "mnist_5k": bundled.Mnist5k,
    "photo_patches": bundled.PhotoPatches,
}


def find(name: str) -> DataSet:
    """The data set of that name.

    Raises:
      UserError: if there is none; it lists the names and guesses the one meant.
    """
    catalogue.check(name)
    plain, _, config = name.partition("/")
    is_bundled = name in catalogue.BUNDLED
    return DataSet(_BUILDERS[plain], is_bundled, config or None)
