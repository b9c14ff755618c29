"""The data sets that aejax knows, by name."""

import dataclasses
import difflib
from pathlib import Path

import tensorflow_datasets as tfds

from aejax.data import bundled, official, places
from aejax.errors import UserError


@dataclasses.dataclass(frozen=True)
class DataSet:
    """A data set's builder, and whether its data come with the dependencies."""

    builder: type[tfds.core.GeneratorBasedBuilder]
    is_bundled: bool

    def folder(self, root: Path) -> Path:
        """Where the set lies under a data root, prepared or not."""
        return places.set_folder(root, self.builder.name, str(self.builder.VERSION))


_SETS = {
    "mnist": DataSet(official.MNIST, is_bundled=False),
    "fashion_mnist": DataSet(official.FashionMNIST, is_bundled=False),
    "cifar10": DataSet(official.Cifar10, is_bundled=False),
    "mnist_5k": DataSet(bundled.Mnist5k, is_bundled=True),
    "photo_patches": DataSet(bundled.PhotoPatches, is_bundled=True),
}
NAMES = tuple(_SETS)


def find(name: str) -> DataSet:
    """The data set of that name.

    Raises:
      UserError: if there is none; it lists the names and guesses the one meant.
    """
    if name in _SETS:
        return _SETS[name]
    close = difflib.get_close_matches(name.replace("-", "_").lower(), NAMES, n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    raise UserError(f"Unknown data set {name!r}.{hint} Known: {', '.join(NAMES)}.")
