"""The folder of a run: one configuration, its checkpoints, its results."""

import fcntl
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aejax.errors import UserError
from aejax.report.atomic import write_atomically

log = logging.getLogger("aejax")

# All that a run writes, and all that --overwrite deletes.
CONTENTS = (
    "config.json",
    "plan.json",
    "metrics.jsonl",
    "results.csv",
    "summary.txt",
    "report.html",
    "checkpoints",
    "estimates",
    "figures",
    "few_labels",
    "models",
    "tensorboard",
)

_SECTIONS = {"experiment", "settings", "dataset", "notes", "environment"}

Config = Mapping[str, Any]


class Workdir:
    """A run's folder, with the configuration that it belongs to.

    Attributes:
      path: the folder.
    """

    def __init__(self, path: Path):
        self.path = path

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    @property
    def finished(self) -> bool:
        """Whether the run is complete; the summary is its last file."""
        return (self / "summary.txt").exists()

    def remembered(self, name: str, make: Callable[[], Any]) -> Any:
        """JSON that is made once per run, then read back from file `name`.

        Raises:
          UserError: the file is damaged.
        """
        path = self / name
        if not path.exists():
            write_json(path, make())
        return _read_json(path)


def configuration(path: Path) -> dict[str, Any] | None:
    """The configuration of the run in a folder; None where there is no run.

    Raises:
      UserError: its file is damaged.
    """
    file = path / "config.json"
    try:
        found = _read_json(file)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not isinstance(found, dict) or not found.keys() >= _SECTIONS:
        raise _damaged(file)
    return found


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError):
        raise
    except (OSError, ValueError) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> UserError:
    return UserError(
        f"{path} is damaged; start again with --overwrite or another --workdir"
    )


def write_json(path: Path, value: Any) -> None:
    """Writes indented JSON, whole or not at all."""
    write_atomically(path, (json.dumps(value, indent=2) + "\n").encode())


@contextmanager
def opened(
    path: Path,
    config: Config,
    overwrite: bool,
    way_out: str = "use another --workdir",
) -> Iterator[Workdir]:
    """Opens a workdir for one configuration, locked against other processes.

    Args:
      path: made if it is not there.
      config: JSON-able. Its "experiment", "settings" and "dataset" say what the
        results depend on; its "notes" and "environment" are only recorded.
      overwrite: delete what an earlier run left there.
      way_out: what to do where another process is running in it.

    Raises:
      UserError: the folder cannot be written, is in use, or belongs to a run of
        another configuration.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = (path / ".lock").open("w")
    except OSError as error:
        raise UserError(
            f"cannot write to workdir {path}: {error.strerror}; choose another "
            "with --workdir"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UserError(
                f"another process is running in {path}; {way_out}"
            ) from error
        if overwrite:
            clear(path)
        _claim(path, config)
        yield Workdir(path)


def clear(path: Path) -> None:
    """Deletes what runs write into a workdir, and nothing else."""
    for name in CONTENTS:
        target = path / name
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        elif os.path.lexists(target):
            os.remove(target)


def _claim(path: Path, config: Config) -> None:
    """Writes the configuration, or compares it with the one that is there."""
    before = configuration(path)
    if before is None:
        write_json(path / "config.json", config)
        return
    changed = list(_differences(before, config, ("experiment", "settings", "dataset")))
    if changed:
        raise UserError(
            f"{path} holds a run of another configuration: "
            f"{'; '.join(changed)}. Use another --workdir, or --overwrite to lose "
            "that run"
        )
    for line in _differences(before, config, ("environment",)):
        if not line.startswith("date"):
            log.warning("not as when this run began: %s", line)


def _differences(
    before: Config, now: Config, sections: tuple[str, ...]
) -> Iterator[str]:
    for section in sections:
        # Through JSON, so that a tuple equals the list it was written as.
        old, new = before[section], json.loads(json.dumps(now[section]))
        if not isinstance(new, dict):
            old, new = {section: old}, {section: new}
        for name in sorted(old.keys() | new.keys()):
            if old.get(name) != new.get(name):
                yield f"{name} was {old.get(name)!r} and is {new.get(name)!r}"
