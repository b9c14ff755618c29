"""The folder of a run: one configuration, its checkpoints, its results."""

import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from aejax.errors import UserError
from aejax.lab.files import read_json, write_json

log = logging.getLogger("aejax")

CACHE = "cache"
"""Folder of what a run remembers between its processes."""

CONTENTS = (
    "config.json",
    "metrics.jsonl",
    "results.csv",
    "summary.txt",
    "report.html",
    "cache",
    "checkpoints",
    "figures",
    "models",
    "tensorboard",
)
"""All that a run writes, and all that overwriting deletes."""

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


def remembered(path: Path | None, make: Callable[[], Any]) -> Any:
    """JSON that is made once, then read back from a file.

    Args:
      path: the file; None makes it anew each time.
      make: gives it.

    Raises:
      UserError: the file is damaged.
    """
    if path is None:
        return json.loads(json.dumps(make()))
    if not path.exists():
        write_json(path, make())
    return read_json(path)


def configuration(path: Path) -> dict[str, Any] | None:
    """The configuration of the run in a folder; None where there is no run.

    Raises:
      UserError: its file is damaged.
    """
    file = path / "config.json"
    try:
        found = read_json(file)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not isinstance(found, dict) or not found.keys() >= _SECTIONS:
        raise UserError(
            f"{file} is damaged; start anew in another folder, or overwrite this run"
        )
    return found


@contextmanager
def opened(
    path: Path,
    config: Config,
    overwrite: bool,
    way_out: str = "use another folder",
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
    with locked(path, way_out):
        if overwrite:
            clear(path)
        _claim(path, config)
        yield Workdir(path)


@contextmanager
def locked(path: Path, way_out: str) -> Iterator[None]:
    """Makes a folder and keeps other processes out of it.

    Raises:
      UserError: it cannot be written, or another process has it.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        (path / ".lock").touch()
    except OSError as error:
        raise UserError(
            f"cannot write to the folder {path}: {error.strerror}; choose another"
        ) from error
    lock = FileLock(path / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise UserError(f"another process is running in {path}; {way_out}") from error
    except (OSError, NotImplementedError) as error:
        # Some network file systems have no locks; that is no other process.
        log.warning("%s cannot be locked (%s); do not run twice in it", path, error)
    try:
        yield
    finally:
        lock.release()


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
            f"{'; '.join(changed)}. Use another folder, or overwrite to lose that run"
        )
    for line in _differences(before, config, ("environment",)):
        if not line.startswith(("date", "executor", "devices")):
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
