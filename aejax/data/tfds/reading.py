"""A prepared split as arrays in memory.

Decoding 60,000 images takes seconds, so the arrays are kept beside the set, in its
own folder: whoever removes or replaces the set removes them too.
"""

import contextlib
import io
import itertools
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow_datasets as tfds
from google.protobuf.message import DecodeError
from PIL import Image
from tensorflow_datasets.proto import tf_example_pb2

from aejax.data.catalogue import BUNDLED
from aejax.data.images import Images
from aejax.data.tfds import places, records
from aejax.errors import UserError


class Keys(NamedTuple):
    """Which features of a set are used.

    Attributes:
      image: the name of that of the images.
      label: of that of the classes; "" where there is none.
    """

    image: str
    label: str


def read_split(folder: Path, split: str) -> Images:
    """Reads a split of the set prepared in `folder`, in the order TFDS gives it.

    Args:
      folder: of a prepared set of images of one shape, by us or by TFDS elsewhere.
      split: e.g. "train" or "test".

    Raises:
      UserError: for an unknown split and for damaged files.
    """
    info = read_info(folder)
    check_split(info, split)
    cache = folder / f"aejax_{split}.npz"
    kept = _from_cache(cache, info.splits[split].num_examples)
    if kept is not None:
        return kept
    decoded = _decode(info, split, folder)
    _to_cache(cache, decoded)
    return decoded


def check_split(info: tfds.core.DatasetInfo, split: str) -> None:
    """Accepts the splits that a set has.

    Raises:
      UserError: there is no such split.
    """
    if split not in info.splits:
        known = ", ".join(info.splits)
        raise UserError(f"{info.name} has no split {split!r}. Known: {known}.")


def read_info(folder: Path) -> tfds.core.DatasetInfo:
    """TFDS's description of the set prepared in `folder`.

    Raises:
      UserError: it is damaged.
    """
    try:
        return tfds.builder_from_directory(folder).info
    except Exception as error:  # TFDS raises errors of many types.
        raise damaged(folder, f"its description cannot be read ({error})") from error


def damaged(folder: Path, what: str) -> UserError:
    """That a prepared set is damaged, and how it is made whole."""
    return UserError(f"{folder} is damaged: {what}; {places.again(folder)}")


def full_name(info: tfds.core.DatasetInfo) -> str:
    """The name of a set, with its configuration."""
    return f"{info.name}/{info.config_name}" if info.config_name else info.name


def facts(info: tfds.core.DatasetInfo) -> dict[str, Any]:
    """As `aejax.data.describe` gives them."""
    keys = features(info)
    return {
        "name": full_name(info),
        "version": str(info.version),
        "description": " ".join(info.description.split()),
        "splits": {split: s.num_examples for split, s in info.splits.items()},
        "image_shape": list(info.features[keys.image].shape),
        "class_names": list(info.features[keys.label].names) if keys.label else [],
        "homepage": info.homepage,
        "citation": info.citation,
        "origin": _origin(info),
    }


def _origin(info: Any) -> str:
    if info.name in BUNDLED:
        return "bundled with a dependency"
    return dict(info.metadata or {}).get("origin", "prepared by TFDS itself")


def features(info: tfds.core.DatasetInfo) -> Keys:
    """Which features of a set are its images and its classes.

    Raises:
      UserError: it has no images.
    """
    known: Mapping[str, Any] = dict(info.features.items())
    images = [n for n, f in known.items() if isinstance(f, tfds.features.Image)]
    labels = [n for n, f in known.items() if isinstance(f, tfds.features.ClassLabel)]
    if not images:
        raise UserError(
            f"{info.name} has no images, but {', '.join(known) or 'nothing'}"
        )
    return Keys(_first("image", images), _first("label", labels))


def _first(name: str, found: list[str]) -> str:
    return name if name in found or not found else found[0] if found else ""


def content(
    info: tfds.core.DatasetInfo, split: str, folder: Path
) -> list[tuple[bytes, int]]:
    """Encoded images of a split, and their labels; -1 where there are none.

    Raises:
      UserError: the files are damaged.
    """
    split_info, keys = info.splits[split], features(info)
    paths = [Path(path) for path in split_info.filepaths]
    try:
        found = [records.read(path, info.file_format.value) for path in paths]
    except records.DamagedError as error:
        raise damaged(folder, str(error)) from error
    count, known = split_info.num_examples, sum(map(len, found))
    if known != count:
        raise damaged(folder, f"{split} has {known} of {count} records")
    result = []
    for row, record in enumerate(itertools.chain.from_iterable(found)):
        try:
            result.append(_image_and_label(record, keys))
        except (IndexError, DecodeError) as error:
            raise damaged(folder, f"record {row} of {split}: {error}") from error
    return result


def _decode(info: tfds.core.DatasetInfo, split: str, folder: Path) -> Images:
    found, shape = (
        content(info, split, folder),
        info.features[features(info).image].shape,
    )
    images = np.empty((len(found), *shape), np.uint8)
    labels = np.array([label for _, label in found], np.int32)
    for row, (image, _) in enumerate(found):
        try:
            images[row] = np.asarray(Image.open(io.BytesIO(image))).reshape(shape)
        except (OSError, SyntaxError, ValueError) as error:
            raise damaged(folder, f"record {row} of {split}: {error}") from error
    return Images(images, labels if features(info).label else None)


def _image_and_label(record: bytes, keys: Keys) -> tuple[bytes, int]:
    feature = tf_example_pb2.Example.FromString(record).features.feature
    label = feature[keys.label].int64_list.value[0] if keys.label else -1
    return feature[keys.image].bytes_list.value[0], label


def _from_cache(path: Path, count: int) -> Images | None:
    unusable = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)
    with (
        contextlib.suppress(*unusable),
        path.open("rb") as file,
        np.load(file) as kept,
    ):
        labels = kept.get("labels")
        found = Images(kept["images"], labels)
        if len(found.images) == count and (labels is None or len(labels) == count):
            return found
    return None


def _to_cache(path: Path, decoded: Images) -> None:
    """Keeps the arrays, unless the folder takes no files: it is a convenience."""
    unfinished = path.with_name(f"{path.stem}.{os.getpid()}.unfinished.npz")
    arrays = {name: a for name, a in decoded._asdict().items() if a is not None}
    try:
        np.savez(unfinished, **arrays)
        os.replace(unfinished, path)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink()
