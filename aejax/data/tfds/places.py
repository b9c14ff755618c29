"""Where prepared data sets lie: the layout and the defaults of TFDS."""

import atexit
import contextlib
import functools
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from aejax import caches, paths
from aejax.data import catalogue
from aejax.errors import UserError


def data_root(data_dir: str | os.PathLike[str] | None = None) -> Path:
    """The directory that holds prepared data sets.

    Args:
      data_dir: what the user asked for; None means the default.

    Returns:
      `data_dir` where given, else the environment's `TFDS_DATA_DIR`, else
      `~/tensorflow_datasets`, TFDS's own default, and for a user without a home
      the cache. Read at each call, whereas TFDS reads the environment only when it
      is imported.

    Raises:
      UserError: it is no directory of this machine, or on a drive that is not mounted.
    """
    if chosen := data_dir or os.environ.get("TFDS_DATA_DIR"):
        return paths.writable(os.fspath(chosen))
    try:
        return paths.local("~/tensorflow_datasets")
    except UserError:
        return (caches.root() or scratch_root()) / "tensorflow_datasets"


def set_folder(root: Path, name: str, version: str) -> Path:
    """The folder of one prepared set, as TFDS lays it out."""
    return root / name / version


def is_version(word: str) -> bool:
    """Whether a folder's name is a version, such as 3.0.1."""
    return re.fullmatch(r"\d+\.\d+\.\d+", word) is not None


def set_name(folder: Path) -> str:
    """The name of the set in a folder of that layout, with its configuration."""
    with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
        found = json.loads((folder / "dataset_info.json").read_text("utf-8"))
        return "/".join(filter(None, (found["name"], found.get("configName"))))
    known = f"{folder.parent.parent.name}/{folder.parent.name}"
    return known if known in catalogue.NAMES else folder.parent.name


def again(folder: Path) -> str:
    """How a damaged set is prepared anew, in words."""
    return f"prepare it anew: `python -m aejax.data prepare {set_name(folder)} --again`"


def is_prepared(folder: Path) -> bool:
    """Whether TFDS finished preparing the set in `folder`.

    TFDS writes into a folder of another name and renames it when all is there,
    so the presence of its descriptions is proof enough.
    """
    descriptions = ("dataset_info.json", "features.json")
    return all(os.path.isfile(folder / name) for name in descriptions)


@functools.cache
def scratch_root() -> Path:
    """A directory of this process alone, for when the data root takes no files."""
    root = tempfile.mkdtemp(prefix="aejax-data-")
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    return Path(root)


@contextlib.contextmanager
def replaced(folder: Path) -> Iterator[None]:
    """Moves a prepared set aside, and back if preparing it again fails.

    Raises:
      UserError: it cannot be moved.
    """
    aside = folder.with_name(f"{folder.name}.{os.getpid()}.replaced")
    try:
        was_there = folder.exists()
        if was_there:
            folder.rename(aside)
    except OSError as error:
        raise UserError(f"{folder} cannot be replaced: {error.strerror}") from error
    try:
        yield
    except BaseException:
        if was_there and not folder.exists():
            aside.rename(folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)
