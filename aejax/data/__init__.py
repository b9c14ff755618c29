"""Pictures and labels of a data set, by one call.

    from aejax import data
    images, labels = data.load("mnist", "train")

The sets are those of TFDS, in its layout and directories, but TensorFlow is not
needed. `python -m aejax.data` lists and prepares them.
"""

import os
from typing import Any, NamedTuple

from aejax.data.network import UnavailableError
from aejax.data.places import data_root
from aejax.data.prepare import prepare
from aejax.data.reading import Images, read_info, read_split
from aejax.data.sets import NAMES, find

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

DEFAULT = "mnist"
STAND_IN = "mnist_5k"

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
    return read_split(prepare(name, data_dir), split)


def resolve(
    name: str | None, data_dir: Directory = None, default: str = DEFAULT
) -> Resolved:
    """What `--dataset` means, with the set prepared.

    Args:
      name: the set that the user asked for, or None for the default, and where that
        cannot be had, the real digits that come with a dependency.
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
        prepare(STAND_IN, data_dir)
    note = (
        f"{default} is neither prepared in {data_root(data_dir)} nor to be downloaded: "
        f"using the bundled {STAND_IN} (4,000 + 1,000 of MNIST's digits) instead. "
        f"--dataset={default} says how to get it."
    )
    return Resolved(STAND_IN, note)


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
    info = read_info(prepare(name, data_dir))
    return {
        "name": info.name,
        "version": str(info.version),
        "description": " ".join(info.description.split()),
        "splits": {split: s.num_examples for split, s in info.splits.items()},
        "image_shape": list(info.features["image"].shape),
        "class_names": list(info.features["label"].names),
        "homepage": info.homepage,
        "citation": info.citation,
        "origin": _origin(info, find(name).is_bundled),
    }


def _origin(info: Any, is_bundled: bool) -> str:
    if is_bundled:
        return "bundled with a dependency"
    return dict(info.metadata or {}).get("origin", "prepared by TFDS itself")
