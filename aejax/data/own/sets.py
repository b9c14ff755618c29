"""A user's images with their labels, divided and described: a data set."""

import zlib
from pathlib import Path
from typing import Any

import numpy as np

from aejax.data.catalogue import NAMES
from aejax.data.images import DataSet, Images
from aejax.data.own import parts


def data_set(
    path: Path,
    images: np.ndarray,
    labels: np.ndarray | None,
    is_test: np.ndarray,
    class_names: list[str],
    notes: list[str],
) -> DataSet:
    """The data set of images that are decoded.

    Args:
      path: of the folder or file; its name is that of the set.
      images: uint8 [n, h, w, c].
      labels: int [n], or None.
      is_test: bool [n].
      class_names: of the labels; none where there are none.
      notes: what a user must know.

    Raises:
      UserError: one of the splits is empty.
    """
    parts.check(is_test, str(path))
    train, test = (
        Images(
            np.ascontiguousarray(images[chosen]),
            None if labels is None else labels[chosen].astype(np.int32),
        )
        for chosen in (~is_test, is_test)
    )
    return DataSet(train, test, facts(path, train, test, class_names), tuple(notes))


def facts(
    path: Path, train: Images, test: Images, class_names: list[str]
) -> dict[str, Any]:
    """As `aejax.data.describe` gives them. The version is a digest of the content."""
    content = 0
    for split in (train, test):
        content = zlib.crc32(np.ascontiguousarray(split.images).data, content)
        if split.has_labels:
            content = zlib.crc32(split.labels.tobytes(), content)
    name = path.stem if path.is_file() else path.resolve().name
    return {
        # A folder called mnist is not MNIST: no shipped model, no published figure.
        "name": f"own_{name}" if name in NAMES or not name else name,
        "version": f"{content:08x}",
        "description": "The user's own images.",
        "splits": {"train": len(train.images), "test": len(test.images)},
        "image_shape": list(train.images.shape[1:]),
        "class_names": class_names,
        "homepage": "",
        "citation": "",
        "origin": "own files",
    }
