"""The folder of what can be made again, such as compiled programs."""

import contextlib
import functools
import os
import tempfile
from pathlib import Path

from aejax import paths

NAME = "AEJAX_CACHE_DIR"
"""The environment variable that names it."""


def root() -> Path | None:
    """A folder for what this user's processes may find again; None where there is none.

    `AEJAX_CACHE_DIR`; otherwise `aejax` in `XDG_CACHE_HOME` or `~/.cache`; for a user
    without a home that can be written, a folder of the user's own among the temporary
    files.

    Raises:
      UserError: `AEJAX_CACHE_DIR` cannot be.
    """
    if named := os.environ.get(NAME):
        return paths.writable(named)
    places = []
    if shared := os.environ.get("XDG_CACHE_HOME"):
        places.append(Path(shared))
    # No home, no entry of the user: each of these is usual in a container.
    with contextlib.suppress(RuntimeError, KeyError):
        places.append(Path.home() / ".cache")
    for place in places:
        if _made(place / "aejax"):
            return place / "aejax"
    return _temporary()


def has_home() -> bool:
    """Whether this user has a home that can be written."""
    try:
        return os.access(Path.home(), os.W_OK | os.X_OK)
    except (RuntimeError, KeyError):
        return False


def _made(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


@functools.cache
def _temporary() -> Path | None:
    """Not one that somebody else has made there: programs are loaded from it."""
    user = os.getuid() if hasattr(os, "getuid") else "user"
    try:
        folder = Path(tempfile.gettempdir()) / f"aejax-{user}"
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    is_own = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    return folder if is_own and not folder.is_symlink() else None
