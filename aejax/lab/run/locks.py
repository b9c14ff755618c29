"""A folder is one process's at a time."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from aejax.errors import UserError

log = logging.getLogger("aejax")

LOCK = ".lock"


@contextmanager
def locked(path: Path, way_out: str) -> Iterator[None]:
    """Makes a folder and keeps other processes out of it.

    Where the file system has no locks, a warning says so.

    Args:
      path: the folder.
      way_out: what to do where another process has it.

    Raises:
      UserError: it cannot be written, or another process has it.
    """
    file = path / LOCK
    try:
        path.mkdir(parents=True, exist_ok=True)
        file.touch()
    except OSError as error:
        raise UserError(
            f"cannot write to the folder {path}: {error.strerror}; choose another"
        ) from error
    lock = _lock(file)
    try:
        lock.acquire()
    except Timeout as error:
        if reason := _unsupported(file):
            _warn(path, reason)
        else:
            words = f"another process is running in {path}; {way_out}"
            raise UserError(words) from error
    except (OSError, NotImplementedError) as error:
        _warn(path, getattr(error, "strerror", None) or str(error))
    try:
        yield
    finally:
        try:
            lock.release()
        except OSError as error:
            _warn(path, error.strerror or str(error))


def _lock(file: Path) -> FileLock:
    try:
        # Its stand-in, a file that is there or not, would outlive a killed run.
        return FileLock(file, timeout=0, fallback_to_soft=False)
    except TypeError:
        return FileLock(file, timeout=0)


def _warn(path: Path, reason: str) -> None:
    log.warning(
        "%s cannot be locked (%s): see that no other process runs in it", path, reason
    )


def _unsupported(file: Path) -> str:
    """Why a file system does not lock; "" where it does.

    Older versions of filelock say of both that another process has the lock.
    """
    try:
        import fcntl
    except ImportError:
        return ""
    try:
        with file.open("rb") as opened:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return ""
    except OSError as error:
        return error.strerror or str(error)
    return ""
