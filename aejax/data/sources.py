"""Where images come from: a set of TFDS by its name, or own images by their path."""

import os
from pathlib import Path

from aejax.data import room
from aejax.data.catalogue import NAMES
from aejax.data.form import OPEN, Form
from aejax.data.images import DataSet
from aejax.errors import UserError

Directory = str | os.PathLike[str] | None
Name = str | os.PathLike[str]
"""One of `NAMES`, another set of TFDS, or the path of own images."""


def read(
    name: Name,
    data_dir: Directory = None,
    form: Form = OPEN,
    copies: int = room.ALONE,
) -> DataSet:
    """Both splits of a data set, its description, and what a user must know of it.

    Args:
      name: of a set, or the path of own images, as in `aejax.data.load`.
      data_dir: as there.
      form: the size, channels and number of images that are wanted.
      copies: of the bytes of the images that must fit into memory.

    Raises:
      UserError: as `aejax.data.load`.
    """
    path = own_path(name)
    if path is None:
        from aejax.data.tfds import prepare, whole

        return whole.read(prepare.prepare(str(name), data_dir), form, copies)
    if path.is_dir():
        from aejax.data.own import folder
        from aejax.data.tfds import places

        if places.is_prepared(path):
            from aejax.data.tfds import whole

            return whole.read(path, form, copies)
        return folder.load(path, form, copies)
    from aejax.data.own import arrays

    if path.suffix.lower() not in arrays.SUFFIXES:
        raise UserError(
            f"{path} is neither a folder of images nor a file .npy or .npz; give the "
            "folder that it lies in, or unpack it"
        )
    return arrays.load(path, form, copies)


def own_path(name: Name) -> Path | None:
    """The path of own images; None of the name of a data set.

    Raises:
      UserError: it is an address, or there is nothing in a place that is named.
    """
    word = os.fspath(name)
    if word in NAMES:
        return None
    if not word.strip():
        raise UserError(f"no data set is named; known: {', '.join(NAMES)}")
    if "://" in word:
        raise UserError(
            f"{word} is an address; copy the images to a folder, and give that"
        )
    path = Path(word)
    if word.startswith("~"):
        try:
            path = path.expanduser()
        except RuntimeError as error:
            raise UserError(f"{word}: there is no such home directory") from error
    if path.exists():
        return path
    is_path = (
        not isinstance(name, str)
        or word.startswith(("/", ".", "~"))
        or "\\" in word
        or path.suffix.lower() in (".npy", ".npz", ".zip")
    )
    if is_path:
        raise UserError(f"there is no file or folder {path}")
    return None
