"""Files that are either whole or not there, and what stands in the way of writing."""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from aejax.errors import UserError

TEMPORARY = ".aejax.tmp"
"""How the name of a file ends that is being written."""

WAYS_OUT = {
    errno.ENOSPC: "make room",
    errno.EDQUOT: "make room",
    errno.EFBIG: "raise the limit of the size of files (ulimit -f)",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.ENFILE: "raise the limit of open files",
    errno.EROFS: "make it writable",
    errno.EACCES: "make it writable",
    errno.EPERM: "make it writable",
}
"""What to do where the system does not let a file be written."""


def write_atomically(path: Path, content: bytes) -> Path:
    """Writes a file through a temporary neighbour and `os.replace`.

    A reader, or a run killed half-way, sees the old file or the new one. Folders
    that are missing are made.

    Args:
      path: the file to write or to replace.
      content: its bytes.

    Returns:
      The path.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY}")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    finally:
        with suppress(OSError):
            temporary.unlink()
    return path


def write_json(path: Path, value: Any) -> None:
    """Writes indented JSON, whole or not at all."""
    write_atomically(path, (json.dumps(value, indent=2) + "\n").encode())


def read_json(path: Path) -> Any:
    """The content of a JSON file.

    Raises:
      FileNotFoundError, NotADirectoryError: there is none.
      UserError: it is damaged, or cannot be read.
    """
    try:
        return json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UserError(
            f"{path} is damaged; delete it, and the same command makes it anew"
        ) from error


def refusal(error: BaseException) -> tuple[str, str] | None:
    """Why the system did not write, and the way out; None of any other error.

    Args:
      error: an `OSError`, or one of another library that tells of one in its text, as
        TensorStore's do; or one that was raised from such an error.
    """
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno is not None:
            way = WAYS_OUT.get(seen.errno, "mend that")
            return (seen.strerror or str(seen)), way
        for number, way in WAYS_OUT.items():
            if os.strerror(number) in str(seen):
                return os.strerror(number), way
        seen = seen.__cause__ or seen.__context__
    return None


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns what keeps a run from writing into one line with the way out.

    Args:
      path: the file or folder that is written, for the message.

    Raises:
      UserError: the system refused: a full disk, a quota, a folder that is read-only.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        known = refusal(error)
        if known is None:
            raise
        reason, way = known
        raise UserError(
            f"cannot write {path}: {reason}; what was saved before is whole: {way}, "
            "and the same command continues"
        ) from error
