"""Images and labels of a data set, by one call.

    from aejax import data
    images, labels = data.load("mnist", "train")

The sets are those of TFDS, in its layout and directories, but TensorFlow is not
needed. `python -m aejax.data` lists and prepares them. Importing this package is
cheap: TFDS is imported by the first call that needs it.
"""

import os
from pathlib import Path
from typing import Any, NamedTuple

from aejax.data.catalogue import BUNDLED, CONTENTS, DEFAULT, NAMES, STAND_INS
from aejax.data.errors import UnavailableError
from aejax.data.images import Images

__all__ = [
    "DEFAULT",
    "NAMES",
    "Images",
    "Resolved",
    "UnavailableError",
    "describe",
    "load",
    "prepare",
    "resolve",
]

Directory = str | os.PathLike[str] | None


class Resolved(NamedTuple):
    """The data set that a run uses.

    Attributes:
      name: one of `NAMES`.
      note: what the user must know about the choice; empty where nothing.
    """

    name: str
    note: str


def load(name: str, split: str, data_dir: Directory = None) -> Images:
    """A split of a data set as arrays; prepares the set where that is needed.

    Args:
      name: one of `NAMES`.
      split: "train" or "test".
      data_dir: TFDS's data directory; None means `TFDS_DATA_DIR` or TFDS's default.

    Returns:
      uint8 images [n, height, width, channels] and int32 labels [n], in TFDS's order,
      which is shuffled and always the same.

    Raises:
      UserError: for an unknown name or split, or if the data cannot be had.
    """
    from aejax.data.tfds import reading

    return reading.read_split(prepare(name, data_dir), split)


def prepare(name: str, data_dir: Directory = None, source: Directory = None) -> Path:
    """Makes sure that a data set is prepared; does nothing where it is.

    Several processes may prepare the same set at once: all succeed, one's work
    stays. One that dies half-way leaves nothing that looks prepared.

    Args:
      name: one of `NAMES`.
      data_dir: as in `load`. A bundled set goes to a temporary directory where this
        cannot be written.
      source: folder (or archive) with the original files; None means to download.

    Returns:
      The folder of the prepared set.

    Raises:
      UserError: for an unknown name, for missing or damaged original files, and (an
        `UnavailableError`) if the data cannot be had; it says the ways to get it.
    """
    from aejax.data.tfds import prepare as tfds

    return tfds.prepare(name, data_dir, source)


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
        prepare(name, data_dir)
        return Resolved(name, "")
    try:
        prepare(default, data_dir)
        return Resolved(default, "")
    except UnavailableError:
        if default not in STAND_INS:
            raise
        return _stand_in(default, data_dir)


def describe(name: str, data_dir: Directory = None) -> dict[str, Any]:
    """Facts about a data set for reports, fit for JSON; prepares it where needed.

    Args:
      name: one of `NAMES`.
      data_dir: as in `load`.

    Returns:
      name, version, description, splits (examples of each), image_shape, class_names,
      homepage, citation, and origin (how it came here and whether the content is known
      to be the original).

    Raises:
      UserError: for an unknown name, or if the data cannot be had.
    """
    from aejax.data.tfds import reading

    info = reading.read_info(prepare(name, data_dir))
    return {
        "name": info.name,
        "version": str(info.version),
        "description": " ".join(info.description.split()),
        "splits": {split: s.num_examples for split, s in info.splits.items()},
        "image_shape": list(info.features["image"].shape),
        "class_names": list(info.features["label"].names),
        "homepage": info.homepage,
        "citation": info.citation,
        "origin": _origin(info),
    }


def _stand_in(default: str, data_dir: Directory) -> Resolved:
    from aejax.data.tfds import places

    name = STAND_INS[default]
    prepare(name, data_dir)
    note = (
        f"{default} is neither prepared in {places.data_root(data_dir)} nor to be "
        f"downloaded: using the bundled {name} ({CONTENTS[name]}) "
        f"instead. Ask for {default} by name to see all ways to get it."
    )
    return Resolved(name, note)


def _origin(info: Any) -> str:
    if info.name in BUNDLED:
        return "bundled with a dependency"
    return dict(info.metadata or {}).get("origin", "prepared by TFDS itself")
