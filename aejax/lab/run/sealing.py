"""What is done to the files of a checkpoint around Orbax: room, seal, silence.

Orbax writes and reads in threads of its own. Of a full disk, or a file that is
missing, these tell at length, or wait for minutes; so there is a look before.
"""

import gc
import json
import logging
import os
import sys
import time
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from aejax.lab.run.files import TEMPORARY, write_atomically

SEAL = "seal.json"
"""In a checkpoint: its files, with size and CRC-32 of each."""

_DONE = "commit_success.txt"
_SMALL = 64 * 1024
"""Bytes that the small files of a checkpoint take, about."""
_UNDER_WAY = 1.0
"""Seconds within which writes end that were under way when one failed."""


def room(folder: Path) -> None:
    """Sees whether a folder can be written to at all; leaves nothing there.

    Where it cannot, Orbax's threads would wait for minutes for folders that nobody
    makes. A disk that fills while they write they do notice.

    Raises:
      OSError: it cannot.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f".room.{os.getpid()}{TEMPORARY}"
    try:
        file.write_bytes(bytes(_SMALL))
    finally:
        with suppress(OSError):
            file.unlink()


def nameless(folder: Path) -> None:
    """Takes out of a checkpoint where on this machine it was written.

    Raises:
      OSError: a file cannot be replaced.
    """
    for file in sorted(folder.rglob(_DONE)):
        write_atomically(file, b"Checkpoint commit was successful\n")


def seal(folder: Path) -> None:
    """Lists the files of a checkpoint that is written, as its last one.

    Raises:
      OSError: it cannot be written.
    """
    found = {name: [len(c), zlib.crc32(c)] for name, c in _contents(folder)}
    write_atomically(folder / SEAL, (json.dumps(found) + "\n").encode())


def broken(folder: Path) -> str:
    """What is wrong with the files of a checkpoint; "" where they are as they were.

    One without a seal, which a run that was killed may leave, is not looked into.
    """
    try:
        sealed = json.loads((folder / SEAL).read_bytes())
    except FileNotFoundError:
        return ""
    except (OSError, ValueError):
        return f"{SEAL} cannot be read"
    if not isinstance(sealed, dict):
        return f"{SEAL} cannot be read"
    try:
        found = {name: [len(c), zlib.crc32(c)] for name, c in _contents(folder)}
    except OSError as error:
        return str(error)
    for name, about in sealed.items():
        if name not in found:
            return f"{name} is missing"
        if found[name] != about:
            return f"{name} is not what was saved"
    return ""


def _contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.name not in (SEAL, _DONE):
            yield file.relative_to(folder).as_posix(), file.read_bytes()


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps Orbax's threads from telling at length of what is raised anyway."""
    loggers = [logging.getLogger(name) for name in ("absl", "asyncio")]
    for logger in loggers:
        logger.addFilter(_nothing)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(_nothing)


@contextmanager
def quiet_reading() -> Iterator[None]:
    """`quiet`, also of what is left behind when reading fails.

    For the main thread: the filters of warnings are those of the whole process.
    """
    hook = sys.unraisablehook
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sys.unraisablehook = lambda _: None
        try:
            yield
        except BaseException:
            # Coroutines that nobody waits for complain when they are collected.
            gc.collect()
            raise
        finally:
            sys.unraisablehook = hook


@contextmanager
def quiet_saving() -> Iterator[None]:
    """`quiet`, also of writes that are under way when another one fails.

    They end a moment later, and report to an event loop that is closed by then.
    """
    hook = sys.unraisablehook

    def other(unraisable: Any) -> None:
        if "Event loop is closed" not in str(unraisable.exc_value):
            hook(unraisable)

    with quiet():
        sys.unraisablehook = other
        try:
            yield
        except BaseException:
            time.sleep(_UNDER_WAY)
            raise
        finally:
            sys.unraisablehook = hook


def _nothing(_: logging.LogRecord) -> bool:
    return False
