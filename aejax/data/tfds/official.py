"""TFDS's own `mnist`, `cifar10` and relatives, prepared without TensorFlow.

Name, version, features, addresses and checksums stay those of TFDS; only the two
methods that call TensorFlow are replaced. So plain TFDS reads what these builders
write, and the other way round.
"""

import dataclasses
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urljoin

import numpy as np
import scipy.io
import tensorflow_datasets as tfds
from absl import logging
from tensorflow_datasets.datasets.svhn_cropped import svhn_cropped_dataset_builder
from tensorflow_datasets.image_classification import cifar, mnist

from aejax.data.tfds import cifar_bin, idx
from aejax.data.tfds.builder import Examples, ImageBuilder
from aejax.errors import UserError

_SVHN = svhn_cropped_dataset_builder.Builder


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
        super().__init__(**kwargs)
        self._local = None if source is None else self.read_source(source)

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
        """Four idx files in a folder, or Keras' mnist.npz."""
        packed = source if source.is_file() else source / f"{self.name}.npz"
        if packed.is_file():
            arrays = idx.from_npz(packed, self.digests)
            splits = {s: (arrays[x], arrays[y]) for s, (x, y) in idx.STEMS.items()}
            return Originals(splits, are_verified=True)
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


class KMNIST(OfficialBuilder, mnist.KMNIST, skip_registration=True):  # type: ignore[call-arg]
    """Kuzushiji-MNIST of TFDS, prepared without TensorFlow."""

    name = "kmnist"

    def urls(self) -> dict[str, str]:
        """The four gzipped idx files."""
        return {stem: urljoin(self.URL, f"{stem}.gz") for stem in idx.ALL_STEMS}

    def read_source(self, source: Path) -> Originals:
        """Four idx files in a folder."""
        return _of_idx(idx.locate(source), are_verified=False)

    def read_files(self, paths: Mapping[str, Path]) -> Originals:
        """Four idx files, of which TFDS has compared the digests."""
        return _of_idx(paths, are_verified=True)


class EMNIST(OfficialBuilder, mnist.EMNIST, skip_registration=True):  # type: ignore[call-arg]
    """EMNIST of TFDS, prepared without TensorFlow; images lie on their side there."""

    name = "emnist"

    @property
    def stems(self) -> list[str]:
        """Of the four files of the configuration: images, labels, images, labels."""
        lead = f"emnist-{self.builder_config.name}"
        kinds = ("images-idx3-ubyte", "labels-idx1-ubyte")
        return [f"{lead}-{s}-{kind}" for s in ("train", "test") for kind in kinds]

    def urls(self) -> dict[str, str]:
        """The archive of all configurations, half a gigabyte."""
        return {"gzip.zip": self.URL}

    def read_source(self, source: Path) -> Originals:
        """The archive, or a folder with it or with the idx files."""
        for folder in (source, source / "gzip"):
            if idx.first_existing(folder, self.stems[0]):
                return _of_idx(idx.locate(folder, self.stems), are_verified=False)
        packed = source if source.is_file() else source / "gzip.zip"
        if not packed.is_file():
            raise UserError(f"{source} holds neither gzip.zip nor {self.stems[0]}.gz.")
        return self._unpacked(packed, are_verified=False)

    def read_files(self, paths: Mapping[str, Path]) -> Originals:
        """The archive, of which TFDS has compared the digest."""
        return self._unpacked(paths["gzip.zip"], are_verified=True)

    def _unpacked(self, archive: Path, *, are_verified: bool) -> Originals:
        with tempfile.TemporaryDirectory() as folder:
            try:
                with zipfile.ZipFile(archive) as packed:
                    members = {Path(name).name: name for name in packed.namelist()}
                    for stem in self.stems:
                        name = f"{stem}.gz"
                        Path(folder, name).write_bytes(packed.read(members[name]))
            except (OSError, KeyError, zipfile.BadZipFile, zlib.error) as error:
                raise UserError(f"{archive} is damaged: {error}") from error
            paths = idx.locate(Path(folder), self.stems)
            return _of_idx(paths, are_verified=are_verified)


def _of_idx(paths: Mapping[str, Path], *, are_verified: bool) -> Originals:
    train, train_labels, test, test_labels = idx.read_any(paths).values()
    splits = {"train": (train, train_labels), "test": (test, test_labels)}
    return Originals(splits, are_verified)


class SvhnCropped(OfficialBuilder, _SVHN, skip_registration=True):  # type: ignore[call-arg, misc, valid-type]
    """SVHN of TFDS, training and test images, prepared without TensorFlow."""

    name = "svhn_cropped"
    # TFDS looks for these beside the file of the class.
    pkg_dir_path = _SVHN.pkg_dir_path
    url_infos = _SVHN.url_infos
    files: ClassVar = {s: f"{s}_32x32.mat" for s in ("train", "test")}

    def urls(self) -> dict[str, str]:
        """The two files of MATLAB; the third, of further images, is not needed."""
        root = "http://ufldl.stanford.edu/housenumbers/"
        return {name: urljoin(root, name) for name in self.files.values()}

    def read_source(self, source: Path) -> Originals:
        """Both files in a folder."""
        paths = {name: source / name for name in self.files.values()}
        missing = [name for name, path in paths.items() if not path.is_file()]
        if missing:
            raise UserError(f"{source} lacks {', '.join(missing)}.")
        return self._read(paths, are_verified=False)

    def read_files(self, paths: Mapping[str, Path]) -> Originals:
        """Both files, of which TFDS has compared the digests."""
        return self._read(paths, are_verified=True)

    def _read(self, paths: Mapping[str, Path], *, are_verified: bool) -> Originals:
        splits = {}
        for split, name in self.files.items():
            try:
                found = scipy.io.loadmat(paths[name])
                images, labels = found["X"], found["y"].reshape(-1)
                if images.shape != (32, 32, 3, len(labels)):
                    raise ValueError(f"images are {images.shape}")
            except Exception as error:  # SciPy raises errors of many types.
                raise UserError(f"{paths[name]} is damaged: {error}") from error
            # The digit 0 is stored as 10.
            splits[split] = np.moveaxis(images, -1, 0), (labels % 10).astype(np.uint8)
        return Originals(splits, are_verified)

    def _generate_examples(
        self, split: str, images: np.ndarray, labels: np.ndarray
    ) -> Examples:
        for i, example in super()._generate_examples(split, images, labels):
            yield i, {"id": f"{split}_{i:06d}", **example}


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
