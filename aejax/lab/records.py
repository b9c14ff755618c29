"""What is measured while a sweep trains: records, TensorBoard events, progress."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from tqdm.auto import tqdm

from aejax.train import FINE

Record = Mapping[str, Any]


def read(path: Path) -> list[Record]:
    """All whole records of a JSON-lines file; none where there is no file."""
    return list(_whole(path))


def _whole(path: Path) -> Iterator[Record]:
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        # The last line of a killed run may be half a line.
        except json.JSONDecodeError:
            return


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
        {r["step"]: r[metric] for r in records if r["member"] == m} for m in members
    ]
    steps = sorted(set().union(*runs))
    if not steps:
        return np.array([], int), np.empty((len(runs), 0))
    some = next(run[steps[0]] for run in runs if steps[0] in run)
    nothing = np.full_like(np.asarray(some, float), np.nan)
    values = [[run.get(step, nothing) for step in steps] for run in runs]
    return np.array(steps), np.array(values)


def keep_until(path: Path, members: Sequence[str], step: int) -> None:
    """Drops the records of `members` that lie after `step`.

    A run that was killed has recorded more than it has saved; resumed, it does
    those steps again.
    """
    kept = [
        record
        for record in _whole(path)
        if record["member"] not in members or int(record["step"]) <= step
    ]
    temporary = path.with_suffix(".tmp")
    lines = "".join(json.dumps(record) + "\n" for record in kept)
    temporary.write_text(lines, encoding="utf-8")
    temporary.replace(path)


class Records:
    """The records of a sweep, in a folder's metrics.jsonl or in memory.

    Args:
      folder: where they are written, with TensorBoard events beside; None for memory.
    """

    def __init__(self, folder: Path | None):
        self.folder = folder
        self.memory: list[Record] = []

    def read(self) -> list[Record]:
        """All records so far."""
        if self.folder is None:
            return list(self.memory)
        return read(self.folder / "metrics.jsonl")

    def recorder(self, members: Sequence[str], first: int, last: int) -> "Recorder":
        """What appends the metrics of some members, from step `first` to `last`."""
        return Recorder(self, members, first, last)


class Recorder(AbstractContextManager):
    """Appends the metrics of a group's members.

    Args:
      records: to which they belong.
      members: names, in the order of the values that come.
      first: the step from which this process trains.
      last: the step at which training ends.
    """

    def __init__(self, records: Records, members: Sequence[str], first: int, last: int):
        self._members, self._memory = members, records.memory
        self._lines, self._boards = None, []
        # What was trained before memory failed is trained again.
        self._memory[:] = [
            known
            for known in self._memory
            if known["member"] not in members or known["step"] <= first
        ]
        if records.folder is not None:
            from tensorboardX import SummaryWriter

            path = records.folder / "metrics.jsonl"
            keep_until(path, members, first)
            self._lines = path.open("a", encoding="utf-8")
            self._boards = [
                SummaryWriter(
                    str(records.folder / "tensorboard" / name), purge_step=first + 1
                )
                for name in members
            ]
        # disable=None: quiet when the output is not a terminal.
        self._bar = tqdm(
            total=last, initial=first, unit="step", disable=None, dynamic_ncols=True
        )

    def write(
        self, step: int, metrics: Mapping[str, ArrayLike], diverged: np.ndarray
    ) -> dict[str, dict[str, Any]]:
        """Records one value per member of each metric after `step` steps.

        Values are numbers, or small arrays: those are lists in the records, and
        TensorBoard goes without them. A member that has diverged gets no record.

        Returns:
          The values of each member that has not.
        """
        found: dict[str, dict[str, Any]] = {}
        for i, name in enumerate(self._members):
            if diverged[i] != FINE:
                continue
            found[name] = {
                metric: _plain(np.asarray(column)[i])
                for metric, column in metrics.items()
            }
            self._append({"step": step, "member": name, **found[name]}, i)
        if self._lines is not None:
            self._lines.flush()
        self._show(step, found)
        return found

    def _append(self, record: dict[str, Any], place: int) -> None:
        if self._lines is None:
            self._memory.append(record)
            return
        self._lines.write(json.dumps(record) + "\n")
        for metric, value in record.items():
            if isinstance(value, float):
                self._boards[place].add_scalar(metric, value, record["step"])

    def _show(self, step: int, found: Mapping[str, Mapping[str, Any]]) -> None:
        losses = [values["loss"] for values in found.values() if "loss" in values]
        if losses:
            self._bar.set_postfix_str(f"mean loss {np.mean(losses):.4g}", refresh=False)
        self._bar.update(step - self._bar.n)

    def __exit__(self, *_) -> None:
        self._bar.close()
        if self._lines is not None:
            self._lines.close()
        for board in self._boards:
            board.close()


def _plain(value: np.ndarray) -> float | list:
    """A number as a float, an array as lists."""
    return value.tolist() if value.ndim else float(value)
