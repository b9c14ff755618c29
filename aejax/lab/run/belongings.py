"""What in a folder is a run's own, and how it is deleted."""

import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aejax.errors import UserError
from aejax.lab.run.files import TEMPORARY, read_json, write_json

log = logging.getLogger("aejax")

MARK = ".aejax.json"
"""The mark of a run: its configuration once more, and how far deleting it came."""

RESULTS = ("summary.txt", "results.csv", "report.html")
"""What a finished run gave; the summary is written last."""

FIGURES = "cache/figures.json"
"""Names of the figures that a run drew."""

SECTIONS = {"experiment", "settings", "dataset", "notes", "environment"}
"""What every configuration has."""

_CHECKPOINTS = (
    "checkpoints/*group_*",
    "checkpoints/kept",
    "checkpoints/*plan.json",
    "checkpoints/*run.json",
    "checkpoints/*.lock",
)

_REST = (
    "metrics.jsonl",
    *RESULTS,
    "models/*/params",
    "models/*/.params.*",
    "models/*/model.json",
    "tensorboard/*/events.out.tfevents.*",
    "cache/*.json",
    f".*{TEMPORARY}",
    f"*/.*{TEMPORARY}",
    "config.json",
)

NAMES = (
    *("config.json", "metrics.jsonl", *RESULTS),
    *("cache", "checkpoints", "figures", "models", "tensorboard"),
)
"""All that a run writes in its folder."""

_OVERWRITING, _DELETING = "overwriting", "deleting"


def is_run(path: Path) -> bool:
    """Whether a folder is a run's: it carries the mark of one."""
    return (
        (path / MARK).exists()
        or _holds(path / "config.json", SECTIONS)
        or any(
            _holds(file, {"members", "schedule"})
            for file in path.glob("checkpoints/*run.json")
        )
    )


def _holds(file: Path, keys: set[str]) -> bool:
    found = _json(file)
    return isinstance(found, dict) and keys <= found.keys()


def _json(file: Path) -> Any:
    try:
        return read_json(file)
    except (OSError, UserError):
        return None


def _state(path: Path) -> Any:
    found = _json(path / MARK)
    return found.get("state") if isinstance(found, dict) else None


def is_overwriting(path: Path) -> bool:
    """Whether the run in a folder began by overwriting another."""
    return _state(path) == _OVERWRITING


def is_half_deleted(path: Path) -> bool:
    """Whether a run in a folder was to be deleted, and is not yet."""
    return _state(path) == _DELETING


def mark(path: Path, config: Mapping[str, Any], *, is_overwriting: bool) -> None:
    """Makes a folder a run's."""
    state = _OVERWRITING if is_overwriting else ""
    write_json(path / MARK, {**config, "state": state})


def mend(path: Path, config: Mapping[str, Any]) -> None:
    """Writes a run's configuration, or its mark, anew if it is lost or damaged."""
    if not _holds(path / "config.json", SECTIONS):
        write_json(path / "config.json", config)
    if not _holds(path / MARK, SECTIONS):
        mark(path, config, is_overwriting=False)


def refuse_strangers(path: Path, overwrite: bool) -> None:
    """Rejects a folder that holds things of others; nothing is written.

    Args:
      path: the folder, which may not be there.
      overwrite: a run may begin beside things of other names than its own.

    Raises:
      UserError: the folder cannot be read, or its things are in the way.
    """
    try:
        held = sorted(p.name for p in path.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    if is_run(path):
        return
    taken = [name for name in held if name in NAMES]
    if taken:
        raise UserError(
            f"{path} holds {_some(taken)}, not written by a run, or by one whose "
            "configuration is lost; nothing is deleted: use another folder"
        )
    others = [n for n in held if not n.startswith(".") and n != "lost+found"]
    if others and not overwrite:
        raise UserError(
            f"{path} is not empty, and no run's: it holds {_some(others)}; use another "
            "folder (overwrite would begin in it and leave these as they are)"
        )


def refuse_others_training(path: Path) -> None:
    """Rejects a folder where what a training writes is there, and no training's.

    Raises:
      UserError: so it is.
    """
    names = ("checkpoints", "metrics.jsonl", "tensorboard")
    taken = [name for name in names if os.path.lexists(path / name)]
    if taken and not is_run(path):
        raise UserError(
            f"{path} holds {_some(taken)}, not written by a training, or by one whose "
            "marks are lost; nothing is deleted: use another folder"
        )


def mark_training(path: Path) -> None:
    """Marks the folder of a training, where it is not marked as a run's."""
    if not (path / MARK).exists():
        write_json(path / MARK, {"state": ""})


def _some(names: list[str]) -> str:
    return ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")


def clear(path: Path) -> None:
    """Deletes what a run wrote into a folder, and nothing else.

    An interruption leaves the mark of a run that is being deleted; and checkpoints
    go first, so that no other run can take them for its own.
    """
    before = _json(path / MARK)
    write_json(
        path / MARK,
        {**(before if isinstance(before, dict) else {}), "state": _DELETING},
    )
    figures = list(_figures(path))
    # Of a link the link alone: what it leads to is not in this folder.
    _delete([path / name for name in NAMES if (path / name).is_symlink()])
    for pattern in _CHECKPOINTS:
        _delete(sorted(path.glob(pattern)))
    _delete(figures)
    for pattern in _REST:
        _delete(sorted(path.glob(pattern)))
    for name in NAMES:
        _delete_empty(path / name)
    _delete([path / MARK])


def forget(path: Path) -> None:
    """Deletes what was measured of a run, and leaves what was trained."""
    _delete(sorted(path.glob("cache/*.json")))
    _delete([path / name for name in RESULTS])


def figures(path: Path) -> list[str]:
    """Where the figures of a run are, relative to its folder."""
    found = _json(path / FIGURES)
    return [str(name) for name in found] if isinstance(found, list) else []


def _figures(path: Path) -> Iterator[Path]:
    for name in figures(path):
        if Path(name).parent.name == "figures":
            yield path / "figures" / Path(name).name


def _delete(targets: list[Path]) -> None:
    for target in targets:
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        elif os.path.lexists(target):
            os.remove(target)


def _delete_empty(folder: Path) -> None:
    """A folder, with folders inside it, where nothing else is left."""
    if folder.is_symlink() or not folder.is_dir():
        return
    for inner in folder.iterdir():
        _delete_empty(inner)
    if not any(folder.iterdir()):
        folder.rmdir()
