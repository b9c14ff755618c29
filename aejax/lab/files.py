"""Files that are either whole or not there."""

import json
import os
from pathlib import Path
from typing import Any

from aejax.errors import UserError


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
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def write_json(path: Path, value: Any) -> None:
    """Writes indented JSON, whole or not at all."""
    write_atomically(path, (json.dumps(value, indent=2) + "\n").encode())


def read_json(path: Path) -> Any:
    """The content of a JSON file.

    Raises:
      FileNotFoundError, NotADirectoryError: there is none.
      UserError: it is damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise
    except (OSError, ValueError) as error:
        raise UserError(
            f"{path} is damaged; start anew in another folder, or overwrite this run"
        ) from error
