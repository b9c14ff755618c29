"""The folder of a run: one configuration, its checkpoints, its results."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aejax.errors import UserError
from aejax.lab.run import belongings
from aejax.lab.run.files import read_json, write_json, writing
from aejax.lab.run.locks import locked

__all__ = ["CACHE", "Config", "Workdir", "configuration", "locked", "opened"]

log = logging.getLogger("aejax")

CACHE = "cache"
"""Folder of what a run remembers between its processes."""

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
        """Whether the run is complete, and all that it gave is still there."""
        return all((self / name).exists() for name in belongings.RESULTS) and all(
            (self / figure).exists() for figure in belongings.figures(self.path)
        )


def remembered(
    path: Path | None,
    make: Callable[[], Any],
    is_right: Callable[[Any], bool] = lambda found: found is not None,
) -> Any:
    """JSON that is made once, then read back from a file.

    What is damaged is made anew.

    Args:
      path: the file; None makes it anew each time.
      make: gives it.
      is_right: whether what was read can be what was made.

    Raises:
      UserError: the file cannot be read or written.
    """
    if path is None:
        return json.loads(json.dumps(make()))
    found = read_whole(path)
    if not is_right(found):
        with writing(path):
            write_json(path, made := make())
        found = json.loads(json.dumps(made))
    return found


def read_whole(path: Path) -> Any:
    """JSON; None, with a warning, where it is damaged; None where there is none."""
    try:
        return read_json(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UserError as error:
        if isinstance(error.__cause__, OSError):
            raise
        log.warning("%s is damaged and made anew", path)
        return None


def configuration(path: Path) -> dict[str, Any] | None:
    """The configuration of the run in a folder; None where there is none to be read.

    It is kept twice, so that one damaged file does not lose a run.

    Raises:
      UserError: it cannot be read.
    """
    for name in ("config.json", belongings.MARK):
        try:
            found = read_json(path / name)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except UserError as error:
            if isinstance(error.__cause__, OSError):
                raise
            continue
        if isinstance(found, dict) and found.keys() >= belongings.SECTIONS:
            return {k: v for k, v in found.items() if k != "state"}
    return None


def continued(path: str | Path | None, overwrite: bool) -> dict[str, Any] | None:
    """The configuration of the run that a command continues; None where it begins one.

    Args:
      path: the workdir, if any.
      overwrite: whether the command overwrites: then it continues only what began so.

    Raises:
      UserError: it cannot be read.
    """
    if path is None:
        return None
    place = Path(path)
    begins = not belongings.is_overwriting(place) or Workdir(place).finished
    return None if overwrite and begins else configuration(place)


@contextmanager
def opened(
    path: Path,
    config: Config,
    overwrite: bool,
    way_out: str = "use another folder",
) -> Iterator[Workdir]:
    """Opens a workdir for one configuration, locked against other processes.

    A run owns what carries its mark, and nothing else in the folder is ever deleted
    or replaced.

    Args:
      path: made if it is not there.
      config: JSON-able. Its "experiment", "settings", "numerics" and "data" say what
        the results depend on (of one without "data" the name in "dataset"); "models"
        holds the content of what some settings name. The rest is only recorded.
      overwrite: delete what another run left there. A run that began by overwriting
        and was stopped continues.
      way_out: what to do where another process is running in it.

    Raises:
      UserError: the folder cannot be written, is in use, belongs to a run of another
        configuration, or holds things that are of no run.
    """
    belongings.refuse_strangers(path, overwrite)
    with locked(path, way_out):
        belongings.refuse_strangers(path, overwrite)
        with writing(path):
            _claim(path, config, overwrite)
        yield Workdir(path)


def restart(path: Path, config: Config) -> None:
    """Deletes the run in an opened workdir, and begins it anew by overwriting.

    Raises:
      UserError: the folder cannot be written.
    """
    with writing(path):
        belongings.clear(path)
        _begin(path, config, True)


def _claim(path: Path, config: Config, overwrite: bool) -> None:
    """Makes the folder this run's, or finds that it is, or that it is another's."""
    if belongings.is_half_deleted(path):
        belongings.clear(path)
    before, was_run = configuration(path), belongings.is_run(path)
    changed = [] if before is None else list(_changes(before, config))
    if overwrite and was_run:
        is_own = belongings.is_overwriting(path) and not Workdir(path).finished
        if before is not None and not changed and is_own:
            log.info("continuing the run that overwriting began in %s", path)
        else:
            belongings.clear(path)
            was_run = False
    if was_run and before is not None:
        _continue(path, before, config, changed)
        return
    if was_run:
        # Checkpoints carry their own identity, other memories do not.
        log.warning("%s has lost its configuration; it is written anew", path)
        belongings.forget(path)
    _begin(path, config, overwrite)


def _begin(path: Path, config: Config, overwrite: bool) -> None:
    belongings.mark(path, config, is_overwriting=overwrite)
    write_json(path / "config.json", config)


def _continue(path: Path, before: Config, config: Config, changed: list[str]) -> None:
    if changed:
        raise UserError(
            f"{path} holds a run of another configuration: "
            f"{'; '.join(changed)}. Use another folder, or overwrite to lose that run"
        )
    for line in _differences(before, config, ("environment",)):
        if not line.startswith(("date", "executor", "devices", "platform")):
            log.warning("not as when this run began: %s", line)
    belongings.mend(path, before)


def _changes(before: Config, now: Config) -> Iterator[str]:
    """What differs between two configurations, of what results depend on."""
    yield from _differences(before, now, ("experiment",))
    given = now.get("models", {})
    for line in _differences(before, now, ("settings",)):
        # Of a setting that names a folder, its content counts.
        if line.partition(" ")[0] not in given or "models" not in before:
            yield line
    if "models" in before:
        for line in _differences(before, now, ("models",)):
            yield f"the content of {line}"
    if "numerics" in before and "numerics" in now:
        yield from _differences(before, now, ("numerics",))
    if "data" not in before or "data" not in now:
        old, new = ({"data": {"name": c["dataset"]["name"]}} for c in (before, now))
        yield from _differences(old, new, ("data",))
    elif before["data"] != json.loads(json.dumps(now["data"])):
        was, name = (c["dataset"].get("name") for c in (before, now))
        which = f" ({was} before, {name} now)" if was != name else ""
        yield f"the images or labels differ{which}"


def _differences(
    before: Config, now: Config, sections: tuple[str, ...]
) -> Iterator[str]:
    for section in sections:
        # Through JSON, so that a tuple equals the list it was written as.
        old = before.get(section, {})
        new = json.loads(json.dumps(now.get(section, {})))
        if not isinstance(new, dict):
            old, new = {section: old}, {section: new}
        for name in sorted(old.keys() | new.keys()):
            if old.get(name) != new.get(name):
                yield f"{name} was {old.get(name)!r} and is {new.get(name)!r}"
