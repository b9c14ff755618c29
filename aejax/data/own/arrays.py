"""Arrays in a file of NumPy as a data set."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from aejax.data import room, shapes
from aejax.data.form import Form
from aejax.data.images import DataSet, Images
from aejax.data.own import decoding, parts
from aejax.data.own.sets import data_set
from aejax.errors import UserError
from aejax.images import ImageError, check_dtype, checked_bytes

SUFFIXES = (".npy", ".npz")

WHOLE = (("images", "labels"), ("image", "label"), ("x", "y"), ("X", "y"), ("arr_0",))
"""Names of images and labels that are not divided."""

DIVIDED = (
    (("x_train", "y_train"), ("x_test", "y_test")),
    (("X_train", "y_train"), ("X_test", "y_test")),
    (("train_images", "train_labels"), ("test_images", "test_labels")),
)
"""Names of images and labels for training and for the test; the first are Keras'."""


class _Part(NamedTuple):
    images: np.ndarray
    labels: Any


def load(path: Path, form: Form, copies: int = room.ALONE) -> DataSet:
    """The images of a .npy file, or images and labels of a .npz file.

    Args:
      path: of the file. Images are [n, h, w] or [n, h, w, c], uint8 or in [0, 1].
      form: how images are wanted.
      copies: for how many copies of their bytes there must be room.

    Raises:
      UserError: it holds no images, or they do not fit into memory.
    """
    try:
        _check_headers(path, form, copies)
        divided = _divided(path)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(
            f"{path} is damaged, or no file of NumPy arrays: {_reason(error)}"
        ) from error
    sizes = [len(part.images) for part in divided]
    labels, names = _labels(path, divided)
    is_test = np.repeat([False, True], sizes) if len(divided) == 2 else None
    chosen = np.array(parts.limited(list(map(str, range(sum(sizes)))), form.limit))
    images = np.concatenate(
        [
            _plain(
                path, part.images, chosen[(low <= chosen) & (chosen < low + n)] - low
            )
            for part, low, n in zip(divided, (0, sizes[0]), sizes, strict=False)
        ]
    )
    notes = []
    if divided[0].images.dtype != np.uint8:
        notes.append("Floats in [0, 1] are rounded to 256 levels.")
    if len(chosen) < sum(sizes):
        notes.append(f"{len(chosen):,} of {sum(sizes):,} images are used.")
    if is_test is None:
        digests = np.array([decoding.digest(image.tobytes()) for image in images])
        is_test = parts.by_content(digests)
        notes.append(parts.SPLIT)
    else:
        is_test = is_test[chosen]
    labels = None if labels is None else labels[chosen]
    found, said = shapes.formed(Images(images, labels), form)
    return data_set(path, *found, is_test, names, [*notes, *said])


def _reason(error: Exception) -> str:
    words = str(error)
    if "allow_pickle" in words:
        return (
            "it holds Python objects, such as images of several sizes; save one array"
        )
    return words.partition("\n")[0]


def _divided(path: Path) -> list[_Part]:
    """The arrays of the file: one part, or training and test."""
    if path.suffix.lower() == ".npy":
        # On the disk until some of its rows are taken.
        return [_Part(np.load(path, mmap_mode="r"), None)]
    with np.load(path) as found:
        return [
            _Part(found[names[0]], found.get(names[1])) for names in _names(path, found)
        ]


def _names(path: Path, found: Mapping[str, Any]) -> list[tuple[str, str]]:
    for both in DIVIDED:
        here = [names for names in both if names[0] in found]
        if here:
            return here
    for names in WHOLE:
        if names[0] in found:
            return [(names[0], names[-1] if len(names) > 1 else "")]
    raise UserError(
        f"{path} holds {', '.join(found) or 'nothing'}; save images and labels as "
        "images, labels, or as x_train, y_train, x_test, y_test"
    )


def _check_headers(path: Path, form: Form, copies: int) -> None:
    """Shapes, types and room, before any image is read.

    Raises:
      UserError: these are no images, or too many.
    """
    if path.suffix.lower() == ".npy":
        with path.open("rb") as file:
            found = {"images": _header(file)}
    else:
        found = {}
        with zipfile.ZipFile(path) as packed:
            for name in packed.namelist():
                with packed.open(name) as part:
                    found[name.removesuffix(".npy")] = _header(part)
    heads = [found[names[0]] for names in _names(path, found)]
    for shape, dtype in heads:
        if dtype.hasobject:
            raise ValueError("allow_pickle")
        _check_shape(path, shape)
        try:
            check_dtype(dtype)
        except ImageError as error:
            raise UserError(f"{path}: {error}") from error
    count = sum(shape[0] for shape, _ in heads)
    shape = heads[0][0]
    height, width = decoding.size(shape[1], shape[2], form)
    channels = form.channels or (1 if len(shape) == 3 else shape[3])
    room.check(
        min(count, form.limit or count), (height, width, channels), copies, str(path)
    )


def _header(file: Any) -> tuple[tuple[int, ...], np.dtype]:
    version = np.lib.format.read_magic(file)
    read = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    shape, _, dtype = read(file)
    return shape, dtype


def _check_shape(path: Path, shape: tuple[int, ...]) -> None:
    if len(shape) not in (3, 4) or 0 in shape:
        raise UserError(
            f"{path}: images are [n, height, width] or [n, height, width, channels], "
            f"not {list(shape)}; reshape them"
        )
    if len(shape) == 4 and shape[-1] not in (1, 2, 3, 4):
        is_first = shape[1] in (1, 3)
        way = "np.moveaxis(images, 1, -1)" if is_first else "1 and 3 can be used"
        raise UserError(f"{path}: images {list(shape)}: channels come last; {way}")


def _plain(path: Path, images: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Some of the images as uint8 [n, h, w, 1 or 3]."""
    taken = images if len(rows) == len(images) else images[rows]
    try:
        shown = checked_bytes(np.asarray(taken))
    except ImageError as error:
        raise UserError(f"{path}: {error}") from error
    shown = shown[..., None] if shown.ndim == 3 else shown
    if shown.shape[-1] in (2, 4):  # The last is opacity: laid on white.
        opacity = shown[..., -1:] / np.float32(255)
        white = shown[..., :-1] * opacity + 255 * (1 - opacity)
        shown = np.round(white).astype(np.uint8)
    return shown


def _labels(path: Path, divided: list[_Part]) -> tuple[np.ndarray | None, list[str]]:
    """Labels as numbers from 0, and the names of their classes."""
    if any(part.labels is None for part in divided):
        return None, []
    each = []
    for part in divided:
        labels, count = part.labels, len(part.images)
        if labels.shape not in ((count,), (count, 1)):
            raise UserError(
                f"{path}: {count:,} images have labels {list(labels.shape)}; give one "
                "for each image"
            )
        each.append(labels.reshape(count))
    found = np.concatenate(each)
    if found.dtype.kind == "f" and (found == np.round(found)).all():
        found = found.astype(np.int64)
    if found.dtype.kind not in "iubUS":
        raise UserError(
            f"{path}: labels are {found.dtype}; give whole numbers or names"
        )
    known, numbers = np.unique(found, return_inverse=True)
    names = [
        n.decode(errors="replace") if found.dtype.kind == "S" else str(n) for n in known
    ]
    return numbers.astype(np.int32), names
