"""A prepared split as arrays in memory.

Decoding 60,000 images takes seconds, so the arrays are kept beside the set, in its
own folder: whoever removes or replaces the set removes them too.
"""

import contextlib
import io
import itertools
import os
import zipfile
from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds
from google.protobuf.message import DecodeError
from PIL import Image
from tensorflow_datasets.proto import tf_example_pb2

from aejax.data.images import Images
from aejax.data.tfds import records
from aejax.errors import UserError


def read_split(folder: Path, split: str) -> Images:
    """Reads a split of the set prepared in `folder`, in the order TFDS gives it.

    Args:
      folder: of a prepared set, by us or by TFDS elsewhere.
      split: e.g. "train" or "test".

    Raises:
      UserError: for an unknown split and for damaged files.
    """
    info = read_info(folder)
    if split not in info.splits:
        known = ", ".join(info.splits)
        raise UserError(f"{info.name} has no split {split!r}. Known: {known}.")
    cache = folder / f"aejax_{split}.npz"
    kept = _from_cache(cache, info.splits[split].num_examples)
    if kept is not None:
        return kept
    decoded = _decode(info, split)
    _to_cache(cache, decoded)
    return decoded


def read_info(folder: Path) -> tfds.core.DatasetInfo:
    """TFDS's description of the set prepared in `folder`."""
    return tfds.builder_from_directory(folder).info


def _decode(info: tfds.core.DatasetInfo, split: str) -> Images:
    split_info = info.splits[split]
    count, shape = split_info.num_examples, info.features["image"].shape
    images, labels = np.empty((count, *shape), np.uint8), np.empty(count, np.int32)
    paths = [Path(path) for path in split_info.filepaths]
    found = [records.read(path, info.file_format.value) for path in paths]
    if sum(map(len, found)) != count:
        raise UserError(
            f"{paths[0].parent} is damaged: {split} has {sum(map(len, found))} of "
            f"{count} records. Remove the folder and prepare the set again."
        )
    for row, record in enumerate(itertools.chain.from_iterable(found)):
        try:
            images[row], labels[row] = _image_and_label(record, shape)
        except (OSError, SyntaxError, ValueError, IndexError, DecodeError) as error:
            raise UserError(
                f"{paths[0].parent} is damaged: record {row} of {split}: {error}. "
                "Remove the folder and prepare the set again."
            ) from error
    return Images(images, labels)


def _image_and_label(record: bytes, shape: tuple[int, ...]) -> tuple[np.ndarray, int]:
    feature = tf_example_pb2.Example.FromString(record).features.feature
    image = Image.open(io.BytesIO(feature["image"].bytes_list.value[0]))
    return np.asarray(image).reshape(shape), feature["label"].int64_list.value[0]


def _from_cache(path: Path, count: int) -> Images | None:
    unusable = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)
    with (
        contextlib.suppress(*unusable),
        path.open("rb") as file,
        np.load(file) as kept,
    ):
        found = Images(kept["images"], kept["labels"])
        if len(found.images) == len(found.labels) == count:
            return found
    return None


def _to_cache(path: Path, decoded: Images) -> None:
    """Keeps the arrays, unless the folder takes no files: it is a convenience."""
    unfinished = path.with_name(f"{path.stem}.{os.getpid()}.unfinished.npz")
    try:
        np.savez(unfinished, images=decoded.images, labels=decoded.labels)
        os.replace(unfinished, path)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink()
