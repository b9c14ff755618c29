"""The builders of the data sets, by name."""

import dataclasses
from pathlib import Path

import tensorflow_datasets as tfds

from aejax.data import catalogue
from aejax.data.tfds import bundled, official, places


@dataclasses.dataclass(frozen=True)
class DataSet:
    """A data set's builder, and whether its data come with the dependencies."""

    builder: type[tfds.core.GeneratorBasedBuilder]
    is_bundled: bool

    def folder(self, root: Path) -> Path:
        """Where the set lies under a data root, prepared or not."""
        return places.set_folder(root, self.builder.name, str(self.builder.VERSION))


_BUILDERS: dict[str, type[tfds.core.GeneratorBasedBuilder]] = {
    "mnist": official.MNIST,
    "fashion_mnist": official.FashionMNIST,
    "cifar10": official.Cifar10,
    "mnist_5k": bundled.Mnist5k,
    "photo_patches": bundled.PhotoPatches,
}


def find(name: str) -> DataSet:
    """The data set of that name.

    Raises:
      UserError: if there is none; it lists the names and guesses the one meant.
    """
    catalogue.check(name)
    return DataSet(_BUILDERS[name], is_bundled=name in catalogue.BUNDLED)
