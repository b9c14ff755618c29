"""Records of a prepared split's files, in order, without TensorFlow."""

import struct
from collections.abc import Iterator
from pathlib import Path

from array_record.python.array_record_module import ArrayRecordReader

from aejax.errors import UserError


class DamagedError(UserError):
    """A file that cannot be read."""


def read(path: Path, file_format: str) -> list[bytes]:
    """All records of one file.

    Args:
      path: a file of a prepared split.
      file_format: TFDS's name of its format: "array_record" or "tfrecord".

    Raises:
      UserError: if the format is another, or (a `DamagedError`) if it is damaged.
    """
    if file_format not in _READERS:
        raise UserError(
            f"{path} is in the format {file_format}; aejax reads "
            f"{' and '.join(_READERS)}. Prepare the set again, in another data "
            "directory."
        )
    try:
        return _READERS[file_format](path)
    except (OSError, ValueError, RuntimeError, IndexError) as error:
        raise DamagedError(f"{path.name} cannot be read ({error})") from error


def _array_records(path: Path) -> list[bytes]:
    reader = ArrayRecordReader(str(path))
    try:
        return reader.read_all()
    finally:
        reader.close()


def _tf_records(path: Path) -> list[bytes]:
    return list(_frames(memoryview(path.read_bytes())))


def _frames(content: memoryview) -> Iterator[bytes]:
    # Each record: length (8 bytes), its checksum (4), the bytes, their checksum (4):
    # https://www.tensorflow.org/tutorials/load_data/tfrecord
    start = 0
    while start < len(content):
        if start + 12 > len(content):
            raise ValueError("it ends within a record")
        (length,) = struct.unpack_from("<Q", content, start)
        end = start + 12 + length
        if end + 4 > len(content):
            raise ValueError("it ends within a record")
        yield bytes(content[start + 12 : end])
        start = end + 4


_READERS = {"array_record": _array_records, "tfrecord": _tf_records}
