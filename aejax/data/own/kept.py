"""Decoded arrays, kept in a file: beside the images, or in the user's cache directory.

A file is used only for what it was made of: its key has the name, size and time of
every image file, and how they are wanted.
"""

import contextlib
import hashlib
import json
import logging
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

log = logging.getLogger("aejax")

BESIDE = ".aejax"
"""Hidden folder beside the images."""

Arrays = Mapping[str, np.ndarray]

_FORMAT = 1
_UNUSABLE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)


def kept(
    folder: Path,
    name: str,
    key: object,
    make: Callable[[], Arrays],
    accept: Callable[[np.ndarray], None],
) -> Arrays:
    """Arrays that are made once, and read as long as their key stays the same.

    Args:
      folder: of the images.
      name: of the file, one for each way in which the images are wanted.
      key: JSON-able: all that the arrays depend on.
      make: gives them, with "shape", that of the largest, among them.
      accept: given that shape before a file is read; may raise.
    """
    words = json.dumps([_FORMAT, key], sort_keys=True).encode()
    digest = hashlib.blake2b(words, digest_size=16).hexdigest()
    places = [place / f"{name}.npz" for place in _places(folder)]
    for path in places:
        found = _read(path, digest, accept)
        if found is not None:
            return found
    made = make()
    if not any(_write(path, digest, made) for path in places):
        log.info("decoded images cannot be kept: no folder for them takes files")
    return made


def cache_root() -> Path | None:
    """The user's cache directory; None of a user who has none."""
    root = os.environ.get("XDG_CACHE_HOME")
    if root:
        return Path(root).expanduser()
    with contextlib.suppress(RuntimeError):  # No home.
        return Path.home() / ".cache"
    return None


def _places(folder: Path) -> Iterator[Path]:
    yield folder / BESIDE
    root = cache_root()
    if root is not None:
        own = hashlib.blake2b(str(folder.resolve()).encode(), digest_size=8).hexdigest()
        yield root / "aejax" / "images" / f"{folder.name}-{own}"


def _read(
    path: Path, digest: str, accept: Callable[[np.ndarray], None]
) -> Arrays | None:
    with (
        contextlib.suppress(*_UNUSABLE),
        path.open("rb") as file,
        np.load(file) as found,
    ):
        if str(found["key"]) == digest:
            accept(found["shape"])
            return {name: found[name] for name in found.files if name != "key"}
    return None


def _write(path: Path, digest: str, arrays: Arrays) -> bool:
    """Whether the folder took the file."""
    unfinished = path.with_name(f"{path.stem}.{os.getpid()}.unfinished.npz")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as file:
            np.savez(file, **{"key": np.array(digest), **arrays})  # type: ignore[arg-type]
        os.replace(unfinished, path)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        return False
    return True
