"""Files that are either whole or not there."""

import os
from pathlib import Path


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
