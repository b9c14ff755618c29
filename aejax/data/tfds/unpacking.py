"""Bytes of original files, packed or not, with errors that name the file."""

import gzip
import hashlib
import zlib
from pathlib import Path

from aejax.errors import UserError

_GZIP_MAGIC = b"\x1f\x8b"


def unpacked(path: Path) -> bytes:
    """The content of `path`, unpacked where it is gzipped (whatever its name).

    Raises:
      UserError: if the file cannot be read or unpacked.
    """
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if content[:2] == _GZIP_MAGIC else content
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"{path} is damaged or unreadable: {error}.") from error


def md5(content: bytes) -> str:
    """Hexadecimal MD5, here against damage and mix-ups, not against forgery."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
