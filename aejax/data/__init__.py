"""Images and labels of a data set, by one call.

    from aejax import data
    images, labels = data.load("mnist", "train")
    images, labels = data.load("my/photos", image_size=64)

Sets are those of TFDS, in its layout and directories, but TensorFlow is not needed; or
a user's own images, by the path of a folder or of a file of NumPy. `python -m
aejax.data` lists and prepares sets. Importing this package is cheap: TFDS and Pillow
are imported by the first call that needs them.
"""

from pathlib import Path
from typing import Any, NamedTuple

from aejax.data.catalogue import BUNDLED, CONTENTS, DEFAULT, NAMES, STAND_INS
from aejax.data.errors import UnavailableError
from aejax.data.form import OPEN, Form
from aejax.data.images import DataSet, Images
from aejax.data.sources import Directory, Name, own_path, read
from aejax.errors import UserError

__all__ = [
    "BUNDLED",
    "DEFAULT",
    "NAMES",
    "OPEN",
    "DataSet",
    "Form",
    "Images",
    "Resolved",
    "UnavailableError",
    "describe",
    "load",
    "own_path",
    "prepare",
    "read",
    "resolve",
]


class Resolved(NamedTuple):
    """The data set that a run uses.

    Attributes:
      name: of the set, or the path of own images.
      note: what the user must know about the choice; empty where nothing.
    """

    name: str
    note: str


def load(
    name: Name,
    split: str = "train",
    data_dir: Directory = None,
    *,
    image_size: int | None = None,
    channels: int | None = None,
    limit: int | None = None,
) -> Images:
    """A split of a data set as arrays; prepares the set where that is needed.

    Own images are those of a folder, or in a file .npy or .npz. Subfolders are classes,
    and a folder without any has no labels. Folders train/ and test/ are the splits;
    otherwise one image of five is for the test, by its content. Arrays are `images`,
    `labels`, or `x_train`, `y_train`, `x_test`, `y_test`.

    Args:
      name: one of `NAMES`; another set of TFDS that is prepared in the data directory,
        such as "imagenette/160px-v2"; or the path of own images.
      split: "train" or "test".
      data_dir: TFDS's data directory; None means `TFDS_DATA_DIR` or TFDS's default.
      image_size: height and width to which images are scaled and cropped.
      channels: 1 for grey images, 3 for colour.
      limit: so many images of all splits together, always the same ones.

    Returns:
      uint8 images [n, height, width, channels] and int32 labels [n], or None where
      there are no labels; of TFDS's sets in its order, which is shuffled and always the
      same.

    Raises:
      UserError: for an unknown name or split, or if the data cannot be had, read or
        held in memory.
    """
    form = Form(image_size, channels, limit)
    path = own_path(name)
    if path is None and form.is_open:
        return _plain_split(str(name), split, data_dir)
    found = read(name, data_dir, form)
    if split not in ("train", "test"):
        raise UserError(f"{name} has no split {split!r}. Known: train, test.")
    return found.train if split == "train" else found.test


def prepare(
    name: Name,
    data_dir: Directory = None,
    source: Directory = None,
    *,
    again: bool = False,
) -> Path:
    """Makes sure that a data set is prepared; does nothing where it is.

    Several processes may prepare the same set at once: all succeed, one's work
    stays. One that dies half-way leaves nothing that looks prepared.

    Args:
      name: one of `NAMES`, or of a set that TFDS prepared or can prepare here.
      data_dir: as in `load`. A bundled set goes to a temporary directory where this
        cannot be written.
      source: folder (or archive) with the original files; None means to download.
      again: prepare the set anew where it is prepared, as where it is damaged; if that
        fails, what was there stays.

    Returns:
      The folder of the prepared set.

    Raises:
      UserError: for an unknown name, for missing or damaged original files, and (an
        `UnavailableError`) if the data cannot be had; it says the ways to get it.
    """
    from aejax.data.tfds import prepare as tfds

    path = own_path(name)
    if path is not None:
        raise UserError(f"{path} needs no preparing: give its path as the data set")
    return tfds.prepare(str(name), data_dir, source, again=again)


def resolve(
    name: str | None, data_dir: Directory = None, default: str = DEFAULT
) -> Resolved:
    """The data set that a run uses, prepared.

    Args:
      name: the set that the user asked for, or None for the default, and where that
        cannot be had, real images that come with a dependency (`STAND_INS`).
      data_dir: as in `load`.
      default: what None means; MNIST if not given.

    Raises:
      UserError: if a set that was asked for cannot be had; it is never replaced.
    """
    if name is not None:
        path = own_path(name)
        if path is None:
            prepare(name, data_dir)
        return Resolved(name if path is None else str(path.absolute()), "")
    try:
        prepare(default, data_dir)
        return Resolved(default, "")
    except UnavailableError as error:
        if default not in STAND_INS:
            raise
        return _stand_in(default, data_dir, error)


def describe(name: Name, data_dir: Directory = None) -> dict[str, Any]:
    """Facts about a data set for reports, fit for JSON; prepares it where needed.

    Args:
      name: as in `load`.
      data_dir: as in `load`.

    Returns:
      name, version, description, splits (examples of each), image_shape, class_names
      (none of a set without labels), homepage, citation, and origin (how it came here
      and whether the content is known to be the original).

    Raises:
      UserError: for an unknown name, or if the data cannot be had.
    """
    if own_path(name) is not None:
        return dict(read(name, data_dir).facts)
    from aejax.data.tfds import reading

    return reading.facts(reading.read_info(prepare(name, data_dir)))


def _plain_split(name: str, split: str, data_dir: Directory) -> Images:
    """A split as TFDS has it."""
    from aejax.data.tfds import reading, whole

    folder = prepare(name, data_dir)
    info = reading.read_info(folder)
    is_whole = split in info.splits and None not in reading.facts(info)["image_shape"]
    if is_whole or split not in ("train", "test"):
        return reading.read_split(folder, split)
    found = whole.read(folder, OPEN)
    return found.train if split == "train" else found.test


def _stand_in(default: str, data_dir: Directory, error: Exception) -> Resolved:
    from aejax.data.tfds import places

    name = STAND_INS[default]
    prepare(name, data_dir)
    why = str(error).partition(". ")[0]
    note = (
        f"{default} is neither prepared in {places.data_root(data_dir)} nor to be "
        f"downloaded ({why}): using the bundled {name} ({CONTENTS[name]}) "
        f"instead. Ask for {default} by name to see all ways to get it."
    )
    return Resolved(name, note)
