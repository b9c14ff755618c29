"""Both splits of a prepared set, in the form that is asked for."""

import io
import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from aejax.data import room, shapes
from aejax.data.form import Form
from aejax.data.images import DataSet, Images
from aejax.data.own import decoding, parts
from aejax.data.own.kept import Arrays, kept
from aejax.data.tfds import reading

TESTS = ("test", "validation", "val")
"""Splits that are the test images; the first one that a set has."""


def read(folder: Path, form: Form, copies: int = room.ALONE) -> DataSet:
    """Training and test images of the set prepared in `folder`.

    A set without a test split is divided by the content of its images.

    Args:
      folder: of a prepared set, by us or by TFDS elsewhere.
      form: how images are wanted.
      copies: for how many copies of their bytes there must be room.

    Raises:
      UserError: it is damaged, has no training images, or does not fit into memory.
    """
    info = reading.read_info(folder)
    facts = reading.facts(info)
    reading.check_split(info, "train")
    names = ["train", *(n for n in TESTS if n in info.splits)][:2]
    feature = info.features[reading.features(info).image]
    notes: list[str] = []
    if names[1:] == ["test"] or len(names) == 1:
        pass
    else:
        notes.append(f"{names[1]} is the test set, as there is no test split.")
    is_plain = None not in feature.shape and np.dtype(feature.np_dtype) == np.uint8
    if is_plain:
        found = _plain(folder, info, names, form, copies)
    else:
        found, said = _decoded(folder, info, names, form, copies)
        notes += said
    if len(found) == 1:
        train, test = _divided(found[0], folder)
        notes.append(parts.SPLIT)
    else:
        train, test = found
    train, test, said = _labelled(*shapes.limited(train, test, form.limit))
    (train, more), (test, _) = (shapes.formed(split, form) for split in (train, test))
    notes += [*said, *more]
    if form.limit is not None:
        count = len(train.images) + len(test.images)
        total = sum(info.splits[n].num_examples for n in names)
        if count < total:
            notes.append(f"{count:,} of {total:,} images are used.")
    shape = list(train.images.shape[1:])
    if None not in facts["image_shape"] and shape != facts["image_shape"]:
        # Figures that are published of a set are not of its images in another size.
        facts["name"] = f"{facts['name']}_{'x'.join(map(str, shape))}"
    if not train.has_labels:
        facts["class_names"] = []
    if shape != facts["image_shape"] or notes:
        splits = {"train": len(train.images), "test": len(test.images)}
        facts |= {"image_shape": shape, "splits": splits}
    return DataSet(train, test, facts, tuple(notes))


def _plain(
    folder: Path, info: Any, names: list[str], form: Form, copies: int
) -> list[Images]:
    """Splits of images of one shape."""
    shape = info.features[reading.features(info).image].shape
    count = sum(info.splits[name].num_examples for name in names)
    # All are read, whatever is used of them.
    room.check(count, shape, 1, str(folder))
    wanted = (*decoding.size(shape[0], shape[1], form), form.channels or shape[2])
    room.check(min(count, form.limit or count), wanted, copies, str(folder))
    return [reading.read_split(folder, name) for name in names]


def _decoded(
    folder: Path, info: Any, names: list[str], form: Form, copies: int
) -> tuple[list[Images], list[str]]:
    """Splits of images of several shapes, brought to one and kept beside the set."""
    counts = [info.splits[name].num_examples for name in names]
    words = "-".join(str(v or "own") for v in (form.image_size, form.channels))
    key = [str(form), str(info.version), names, counts]
    make = partial(_arrays, folder, info, names, form, copies)

    def accept(shape: np.ndarray) -> None:
        count, *size = shape.tolist()
        room.check(count, tuple(size), copies, str(folder))

    found = kept(folder, f"{words}-all", key, make, accept)
    split = np.searchsorted(np.cumsum(counts), found["rows"], side="right")
    labels = found["labels"] if reading.features(info).label else None
    return [
        Images(
            found["images"][split == i], None if labels is None else labels[split == i]
        )
        for i in range(len(names))
    ], json.loads(str(found["notes"]))


def _arrays(
    folder: Path, info: Any, names: list[str], form: Form, copies: int
) -> Arrays:
    examples = [e for name in names for e in reading.content(info, name, folder)]
    items = [
        decoding.Item(f"image {i}", partial(io.BytesIO, image))
        for i, (image, _) in enumerate(examples)
    ]
    images, rows, _, notes = decoding.decode(items, form, copies, str(folder))
    return {
        "images": images,
        "shape": np.array(images.shape),
        "rows": rows,
        "labels": np.array([examples[i][1] for i in rows], np.int32),
        "notes": np.array(json.dumps(notes)),
    }


def _divided(images: Images, folder: Path) -> tuple[Images, Images]:
    digests = np.array([decoding.digest(image.tobytes()) for image in images.images])
    is_test = parts.by_content(digests)
    parts.check(is_test, str(folder))
    train, test = (
        Images(images.images[rows], images.labels[rows] if images.has_labels else None)
        for rows in (~is_test, is_test)
    )
    return train, test


def _labelled(train: Images, test: Images) -> tuple[Images, Images, list[str]]:
    """Without labels, where some are not known: TFDS says so by -1."""
    if not train.has_labels or min(s.labels.min(initial=0) for s in (train, test)) >= 0:
        return train, test, []
    note = "Images have no labels: some of them are not known."
    return Images(train.images), Images(test.images), [note]
