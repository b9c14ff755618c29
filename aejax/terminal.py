"""Standard output that may show few letters, or be closed by who reads it."""

import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

CLOSED = 128 + int(getattr(signal, "SIGPIPE", 13))
"""The exit code of a program whose reader has gone, such as `head`."""


@contextmanager
def output() -> Iterator[None]:
    """Has a command print what the terminal can show, and end quietly if it closes.

    Raises:
      SystemExit: the reader has gone.
    """
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        try:
            yield
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        # What is left goes nowhere; otherwise Python complains when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(CLOSED)


def _open_what_is_closed() -> None:
    """Gives a process that was started without them streams to nowhere.

    Otherwise the next file that is opened gets the number of standard error, and what
    libraries complain about lands in a checkpoint.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            # It stays open as long as the process.
            nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
            setattr(sys, name, nowhere)
