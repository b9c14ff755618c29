"""A folder of image files as a data set."""

import json
import logging
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np

from aejax.data import room
from aejax.data.form import Form
from aejax.data.images import DataSet
from aejax.data.own import decoding, layout, parts
from aejax.data.own.kept import Arrays, kept
from aejax.data.own.sets import data_set

log = logging.getLogger("aejax")


def load(folder: Path, form: Form, copies: int = room.ALONE) -> DataSet:
    """The images of a folder, decoded once and kept; see `layout.find`.

    Args:
      folder: with image files, or with subfolders of them.
      form: how images are wanted.
      copies: for how many copies of their bytes there must be room.

    Raises:
      UserError: there are none, too many cannot be read, none are for training or for
        the test, or memory is too small.
    """
    found = layout.find(folder)
    chosen = parts.limited([f.name for f in found.files], form.limit)
    files = [found.files[i] for i in chosen]
    listing = [(f.name, f.label, f.is_test, f.stamp) for f in files]
    words = "-".join(str(v or "own") for v in (form.image_size, form.channels))
    name = f"{words}-{form.limit or 'all'}"
    key = [str(form), listing]
    make = partial(_decoded, files, form, copies, str(folder))

    def accept(shape: np.ndarray) -> None:
        count, *size = shape.tolist()
        room.check(count, tuple(size), copies, str(folder))

    arrays = kept(folder, name, key, make, accept)
    images, rows = arrays["images"], arrays["rows"]
    notes = [*found.notes, *json.loads(str(arrays["notes"]))]
    if len(files) < len(found.files):
        notes.append(f"{len(files):,} of {len(found.files):,} images are used.")
    are_divided = {f.is_test for f in files} == {True, False}
    if are_divided:
        is_test = np.array([bool(files[row].is_test) for row in rows])
    else:
        is_test = parts.by_content(arrays["digests"])
        notes.append(parts.SPLIT)
    labels = None
    if found.class_names:
        labels = np.array([files[row].label for row in rows], np.int32)
    return data_set(folder, images, labels, is_test, found.class_names, notes)


def _decoded(files: list[layout.File], form: Form, copies: int, where: str) -> Arrays:
    items = [decoding.Item(f.name, partial(_file, f.path)) for f in files]
    log.info("decoding %s images of %s", f"{len(items):,}", where)
    images, rows, digests, notes = decoding.decode(items, form, copies, where)
    return {
        "images": images,
        "shape": np.array(images.shape),
        "rows": rows,
        "digests": digests,
        "notes": np.array(json.dumps(notes)),
    }


def _file(path: str) -> BinaryIO:
    return open(path, "rb")
