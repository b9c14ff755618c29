"""What is measured while a sweep trains: records, TensorBoard events, progress."""

import base64
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from aejax.lab.run.events import Board
from aejax.lab.run.files import write_atomically, writing
from aejax.lab.run.progress import Progress
from aejax.train import FINE

Record = Mapping[str, Any]


def read(path: Path) -> list[Record]:
    """All whole records of a JSON-lines file; none where there is no file."""
    return list(_whole(path))


def _whole(path: Path) -> Iterator[Record]:
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        # The last line of a killed run may be half a line.
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict) and {"member", "step"} <= found.keys():
            yield found


def curves(
    records: Sequence[Record], members: Sequence[str], metric: str
) -> tuple[np.ndarray, np.ndarray]:
    """One metric of some members over the steps.

    Returns:
      steps [n], and values [members, n], or [members, n, ...] of arrays; nan where a
      member that diverged has none. Both are empty without members.
    """
    if not members:
        return np.empty(0, int), np.empty((0, 0))
    runs = [
        {r["step"]: r[metric] for r in records if r["member"] == m and metric in r}
        for m in members
    ]
    steps = sorted(set().union(*runs))
    if not steps:
        return np.array([], int), np.empty((len(runs), 0))
    some = next(run[steps[0]] for run in runs if steps[0] in run)
    nothing = np.full_like(np.asarray(some, float), np.nan)
    values = [[run.get(step, nothing) for step in steps] for run in runs]
    return np.array(steps), np.array(values)


def pack(records: Sequence[Record]) -> str:
    """Records as a short text, as a checkpoint carries them."""
    return base64.b85encode(zlib.compress(_lines(records), 1)).decode()


def unpack(text: str) -> list[Record]:
    """The records of `pack`."""
    lines = zlib.decompress(base64.b85decode(text)).splitlines()
    return [json.loads(line) for line in lines]


def _lines(records: Iterable[Record]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


class Records:
    """The records of a sweep, in memory and in a folder's metrics.jsonl.

    Args:
      folder: where they are written, with TensorBoard events beside; None for memory.
    """

    def __init__(self, folder: Path | None):
        self.folder = folder
        self.memory: list[Record] = []

    def read(self) -> list[Record]:
        """All records of this training so far."""
        return list(self.memory)

    def recorder(
        self,
        members: Sequence[str],
        first: int,
        last: int,
        before: Sequence[Record] | None = None,
    ) -> "Recorder":
        """What appends the metrics of some members, from step `first` to `last`.

        Args:
          members: their names.
          first: the step from which this process trains.
          last: the step at which training ends.
          before: what was recorded of them until `first`; from the file if None.

        Raises:
          UserError: the folder cannot be written.
        """
        return Recorder(self, members, first, last, before)


class Recorder(AbstractContextManager):
    """Appends the metrics of a group's members.

    Args:
      records: to which they belong.
      members: names, in the order of the values that come.
      first: the step from which this process trains.
      last: the step at which training ends.
      before: what was recorded until then. Files may have lost some of it, and a run
        that was killed has recorded more than it has saved.

    Attributes:
      own: the records of these members.
    """

    def __init__(
        self,
        records: Records,
        members: Sequence[str],
        first: int,
        last: int,
        before: Sequence[Record] | None = None,
    ):
        self._members, self._memory = members, records.memory
        self._path: Path | None = None
        self._boards: list[Board] = []
        names, own = set(members), list(before or ())
        if records.folder is not None:
            self._path = records.folder / "metrics.jsonl"
            held = read(self._path)
            if before is None:
                own = [r for r in held if r["member"] in names and r["step"] <= first]
            others = [r for r in held if r["member"] not in names]
            self._write_whole(self._path, _lines([*others, *own]))
            self._boards = [
                Board(records.folder / "tensorboard" / name, first) for name in members
            ]
        self.own: list[Record] = own
        self._memory[:] = [r for r in self._memory if r["member"] not in names] + own
        self._progress = Progress(first, last)

    def _write_whole(self, path: Path, content: bytes) -> None:
        try:
            if path.read_bytes() == content:
                return
        except OSError:
            pass
        with writing(path):
            write_atomically(path, content)

    def write(
        self, step: int, metrics: Mapping[str, ArrayLike], diverged: np.ndarray
    ) -> dict[str, dict[str, Any]]:
        """Records one value per member of each metric after `step` steps.

        Values are numbers, or small arrays: those are lists in the records, and
        TensorBoard goes without them. A member that has diverged gets no record.

        Returns:
          The values of each member that has not.

        Raises:
          UserError: they cannot be written.
        """
        found: dict[str, dict[str, Any]] = {}
        new: list[Record] = []
        for i, name in enumerate(self._members):
            if diverged[i] != FINE:
                continue
            found[name] = {
                metric: _plain(np.asarray(column)[i])
                for metric, column in metrics.items()
            }
            new.append({"step": step, "member": name, **found[name]})
            if self._boards:
                numbers = {n: v for n, v in found[name].items() if isinstance(v, float)}
                self._boards[i].add(step, numbers)
        self.own += new
        self._memory += new
        if self._path is not None:
            # Opened each time: what is closed is on its way to a network drive.
            with writing(self._path), self._path.open("ab") as lines:
                lines.write(_lines(new))
        losses = [values["loss"] for values in found.values() if "loss" in values]
        self._progress.show(step, float(np.mean(losses)) if losses else None)
        return found

    def flush(self) -> None:
        """Writes the events of TensorBoard.

        Raises:
          UserError: they cannot be written.
        """
        for board in self._boards:
            with writing(board.folder):
                board.flush()

    def __exit__(self, *_) -> None:
        self._progress.close()


def _plain(value: np.ndarray) -> float | list:
    """A number as a float, an array as lists."""
    return value.tolist() if value.ndim else float(value)
