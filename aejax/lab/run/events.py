"""TensorBoard's events, written by the thread that trains, in closed files.

TensorBoard's own writers keep a thread and three descriptors for each member, and
wait for ever once a full disk has ended the thread.
"""

import struct
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Board:
    """The events of one member, held until they are flushed.

    Files are numbered, so that the clock does not decide which is the later.

    Args:
      folder: of the member.
      first: the step from which this process trains; later ones of another process
        are passed over by TensorBoard.

    Attributes:
      folder: of the member.
    """

    def __init__(self, folder: Path, first: int):
        numbers = [_number(file) for file in folder.glob("events.out.tfevents.*")]
        name = f"events.out.tfevents.{max(numbers, default=0) + 1:010d}"
        self.folder, self._file = folder, folder / name
        self._held = [_version(), _start(first + 1)]

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Notes numbers that were measured after a step."""
        self._held.append(_scalars(step, values))

    def flush(self) -> None:
        """Writes what is held.

        Raises:
          OSError: it cannot be written.
        """
        if not self._held:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("ab") as opened:
            opened.write(b"".join(self._held))
        self._held = []


def _number(file: Path) -> int:
    digits = file.name.split(".")[3]
    return int(digits) if digits.isdigit() else 0


def _version() -> bytes:
    return _framed(wall_time=time.time(), file_version="brain.Event:2")


def _start(step: int) -> bytes:
    from tensorboardX.proto import event_pb2

    begins = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
    return _framed(wall_time=time.time(), step=step, session_log=begins)


def _scalars(step: int, values: Mapping[str, float]) -> bytes:
    from tensorboardX.proto import summary_pb2

    summary = summary_pb2.Summary(
        value=[
            summary_pb2.Summary.Value(tag=name, simple_value=value)
            for name, value in values.items()
        ]
    )
    return _framed(wall_time=time.time(), step=step, summary=summary)


def _framed(**fields: Any) -> bytes:
    """An event as a TFRecord: length, its checksum, content, its checksum."""
    from tensorboardX.proto import event_pb2
    from tensorboardX.record_writer import masked_crc32c

    content = event_pb2.Event(**fields).SerializeToString()
    length = struct.pack("<Q", len(content))
    return b"".join(
        [
            *(length, struct.pack("<I", masked_crc32c(length))),
            *(content, struct.pack("<I", masked_crc32c(content))),
        ]
    )
