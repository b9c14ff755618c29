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
