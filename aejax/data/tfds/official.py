"""TFDS's own `mnist`, `fashion_mnist` and `cifar10`, prepared without TensorFlow.

Name, version, features, addresses and checksums stay those of TFDS; only the two
methods that call TensorFlow are replaced. So plain TFDS reads what these builders
write, and the other way round.
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import numpy as np
import tensorflow_datasets as tfds
from absl import logging
from tensorflow_datasets.image_classification import cifar, mnist

from aejax.data.tfds import cifar_bin, idx
from aejax.data.tfds.builder import Examples, ImageBuilder
from aejax.errors import UserError


@dataclasses.dataclass(frozen=True)
class Originals:
    """Content of a set's original files.

    Attributes:
      splits: of each split the uint8 images [n, h, w] or [n, h, w, c] and labels [n].
      are_verified: whether they are the published files, byte for byte.
    """

    splits: Mapping[str, tuple[np.ndarray, np.ndarray]]
    are_verified: bool


class OfficialBuilder(ImageBuilder, skip_registration=True):  # type: ignore[call-arg]
    """Prepares from `source`, which is read and checked at once, or downloads."""

    def __init__(self, *, source: Path | None = None, **kwargs: Any):
        """Makes the builder.

        Args:
          source: where the original files lie; None means to download them.
          **kwargs: those of `tfds.core.GeneratorBasedBuilder`.

        Raises:
          UserError: if files in `source` are missing or damaged.
        """
        self._local = None if source is None else self.read_source(source)
        super().__init__(**kwargs)

    def urls(self) -> dict[str, str]:
        """Addresses of the original files, by the name that `read_files` expects."""
        raise NotImplementedError

    def read_source(self, source: Path) -> Originals:
        """Finds, reads and checks original files that the user has."""
        raise NotImplementedError

    def read_files(self, paths: Mapping[str, Path]) -> Originals:
        """Reads and checks downloaded files."""
        raise NotImplementedError

    def _split_generators(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Examples]:
        originals = self._local
        if originals is None:
            paths = dl_manager.download(self.urls())
            originals = self.read_files({k: Path(p) for k, p in paths.items()})
        self._note_origin(originals.are_verified)
        return {
            split: self._generate_examples(split, *arrays)
            for split, arrays in originals.splits.items()
        }

    def _note_origin(self, is_verified: bool) -> None:
        """Logs where the set comes from and keeps it in TFDS's `metadata.json`."""
        where = "downloaded" if self._local is None else "from own files"
        what = "the original" if is_verified else "not verified to be the original"
        origin = f"{where}, content is {what}"
        logging.log(
            logging.INFO if is_verified else logging.WARNING,
            "%s: %s",
            self.name,
            origin,
        )
        tfds.core.MetadataDict(origin=origin).save_metadata(self.data_dir)


class MNIST(OfficialBuilder, mnist.MNIST, skip_registration=True):  # type: ignore[call-arg]
    """MNIST of TFDS, prepared without TensorFlow."""

    name = "mnist"
    digests = idx.MNIST_MD5

    def urls(self) -> dict[str, str]:
        """The four gzipped idx files."""
        return {stem: urljoin(self.URL, f"{stem}.gz") for stem in idx.ALL_STEMS}

    def read_source(self, source: Path) -> Originals:
        """Four idx files in a folder."""
        return self.read_files(idx.locate(source))

    def read_files(self, paths: Mapping[str, Path]) -> Originals:
        """Four idx files, which must be the originals."""
        arrays = idx.read(paths, self.digests)
        splits = {s: (arrays[x], arrays[y]) for s, (x, y) in idx.STEMS.items()}
        return Originals(splits, are_verified=True)


class FashionMNIST(MNIST, mnist.FashionMNIST, skip_registration=True):  # type: ignore[call-arg]
    """Fashion-MNIST of TFDS, prepared without TensorFlow."""

    name = "fashion_mnist"
    URL = mnist.FashionMNIST.URL
    digests = idx.FASHION_MNIST_MD5


class Cifar10(OfficialBuilder, cifar.Cifar10, skip_registration=True):  # type: ignore[call-arg]
    """CIFAR-10 of TFDS, prepared without TensorFlow."""

    name = "cifar10"
    records = cifar_bin.RECORDS

    def urls(self) -> dict[str, str]:
        """The archive of the binary version."""
        return {cifar_bin.ARCHIVE: self._cifar_info.url}

    def read_source(self, source: Path) -> Originals:
        """The folder or the archive; a sound re-creation is accepted."""
        files = cifar_bin.read(source)
        try:
            are_verified = cifar_bin.check(files, self.records)
        except UserError as error:
            raise UserError(f"{source}: {error}") from error
        splits = {s: cifar_bin.images_and_labels(files, s) for s in cifar_bin.FILES}
        return Originals(splits, are_verified)

    def read_files(self, paths: Mapping[str, Path]) -> Originals:
        """The archive."""
        return self.read_source(paths[cifar_bin.ARCHIVE])

    def _split_generators(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Examples]:
        self.info.features["label"].names = list(cifar_bin.CLASSES)
        return super()._split_generators(dl_manager)

    def _generate_examples(
        self, split: str, images: np.ndarray, labels: np.ndarray
    ) -> Examples:
        for i, example in super()._generate_examples(split, images, labels):
            yield i, {"id": f"{split}_{i:05d}", **example}
