"""Paths as users write them: with `~`, as URLs, on drives that may not be there."""

import re
from pathlib import Path, PurePosixPath

from aejax.errors import UserError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/")
_FSTAB = Path("/etc/fstab")
_DRIVES = ("/content/drive", "/content/gdrive")
"""Where notebooks of Colab mount Google Drive."""

_MOUNTS = ("/mnt", "/media", "/media/*", "/run/media/*", "/Volumes")
"""Folders whose folders are mount points."""


def local(path: str | Path) -> Path:
    """A path of this machine: `~` is expanded, `file://` taken away.

    Args:
      path: as a user wrote it.

    Raises:
      UserError: it is a URL of another place, or there is no such home.
    """
    text = str(path)
    found = _SCHEME.match(text)
    if found and found[1].lower() == "file":
        text = "/" + text[found.end() :].lstrip("/")
    elif found:
        scheme = found[1]
        raise UserError(
            f"{path} is no path of this machine, and {scheme} is not supported: give a "
            "path, such as that where it is mounted, or copy files from or to it"
        )
    if not text.startswith("~") or Path(text).exists():
        return Path(text)
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        user = text.partition("/")[0]
        raise UserError(f"{user} is no home of this machine; give a full path") from (
            error
        )


def writable(path: str | Path) -> Path:
    """`local`, for what is going to be written there.

    Raises:
      UserError: as there; or it lies on a drive that is not mounted.
    """
    found = local(path)
    if reason := unmounted(found):
        raise UserError(reason)
    return found


def unmounted(path: Path, fstab: Path = _FSTAB) -> str:
    """Why a path cannot be meant: the drive below which it lies is not there.

    A folder made in its place would lie on another disk, and vanish with it.

    Args:
      path: of this machine.
      fstab: file that names mount points.

    Returns:
      The reason and the way out; empty where all is well.
    """
    whole = path.absolute()
    above = [whole, *whole.parents]
    for place in above:
        if str(place) in _DRIVES and not any(p.is_mount() for p in above[:-2]):
            return (
                f"Google Drive is not mounted at {place}: first run in the notebook "
                f"`from google.colab import drive; drive.mount('{place}')`"
            )
    known = _mount_points(fstab)
    for place in above[:-1]:
        if str(place) in known and not place.is_mount():
            return f"{place} is not mounted; mount it, or choose another folder"
    for place in above[1:-1]:
        is_drive = any(PurePosixPath(place.parent).match(m) for m in _MOUNTS)
        if is_drive and str(place.parent) != "/" and not place.exists():
            return f"{place} does not exist: is it not mounted? Mount it, or make it"
    return ""


def _mount_points(fstab: Path) -> set[str]:
    try:
        lines = fstab.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return set()
    fields = [line.split() for line in lines if not line.lstrip().startswith("#")]
    # A space in the name of a folder is \040 there.
    return {own[1].replace("\\040", " ") for own in fields if len(own) > 2} - {"/"}
