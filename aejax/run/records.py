"""What a run writes while it trains: metrics.jsonl, TensorBoard events, progress."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from tensorboardX import SummaryWriter
from tqdm import tqdm

Record = Mapping[str, Any]


def read(path: Path) -> list[Record]:
    """All whole records of a JSON-lines file; none where there is no file."""
    return list(_whole(path))


def _whole(path: Path) -> Iterator[Record]:
    if not path.exists():
        return
    for line in path.read_text().splitlines():
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
      steps [n], and values [members, n], or [members, n, ...] of arrays.
    """
    runs = [
        {r["step"]: r[metric] for r in records if r["member"] == m} for m in members
    ]
    steps = sorted(runs[0])
    return np.array(steps), np.array([[run[step] for step in steps] for run in runs])


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
    temporary.write_text("".join(json.dumps(record) + "\n" for record in kept))
    temporary.replace(path)


def _plain(value: np.ndarray) -> float | list:
    """A number as a float, an array as lists."""
    return value.tolist() if value.ndim else float(value)


class Recorder(AbstractContextManager):
    """Appends the metrics of a group's members to the workdir's records.

    Args:
      folder: the workdir.
      members: names, in the order of the values that come.
      first: the step from which this process trains.
      last: the step at which training ends.
    """

    def __init__(self, folder: Path, members: Sequence[str], first: int, last: int):
        path = folder / "metrics.jsonl"
        keep_until(path, members, first)
        self._members = members
        self._lines = path.open("a")
        self._boards = [
            SummaryWriter(str(folder / "tensorboard" / name), purge_step=first + 1)
            for name in members
        ]
        # disable=None: quiet when the output is not a terminal.
        self._bar = tqdm(
            total=last, initial=first, unit="step", disable=None, dynamic_ncols=True
        )

    def write(self, step: int, metrics: Mapping[str, ArrayLike]) -> None:
        """Records one value per member of each metric after `step` steps.

        Values are numbers, or small arrays: those are lists in the records, and
        TensorBoard goes without them.
        """
        for i, (name, board) in enumerate(
            zip(self._members, self._boards, strict=True)
        ):
            values = {
                metric: _plain(np.asarray(column)[i])
                for metric, column in metrics.items()
                if metric != "finite"
            }
            self._lines.write(
                json.dumps({"step": step, "member": name, **values}) + "\n"
            )
            for metric, value in values.items():
                if isinstance(value, float):
                    board.add_scalar(metric, value, step)
        self._lines.flush()
        mean = np.asarray(metrics["loss"]).mean()
        self._bar.set_postfix_str(f"mean loss {mean:.4g}", refresh=False)
        self._bar.update(step - self._bar.n)

    def __exit__(self, *_) -> None:
        self._bar.close()
        self._lines.close()
        for board in self._boards:
            board.close()
