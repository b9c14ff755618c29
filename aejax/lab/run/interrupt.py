"""SIGTERM, SIGHUP and Ctrl-C end a run after its chunk, with its state saved."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGTERM", "SIGINT", "SIGHUP")
    if hasattr(signal, name)
)
"""That ask a run to stop; a closed terminal sends SIGHUP, where there is one."""


class Stopped(Exception):
    """A run was asked to stop, and has saved its state where it has a folder.

    Attributes:
      signum: the signal that asked.
    """

    def __init__(self, signum: int, step: int, is_saved: bool = True):
        name = signal.Signals(signum).name
        rest = (
            "which is saved; the same command continues from there"
            if is_saved
            else "and not saved: there was no folder"
        )
        super().__init__(f"stopped by {name} at step {step}, {rest}")
        self.signum = signum


class Request:
    """Whether a signal has come; None or its number."""

    signum: int | None = None


@contextmanager
def graceful() -> Iterator[Request]:
    """Turns the first of `SIGNALS` into a request; a second one kills.

    What is ignored, as by `nohup`, stays so. Python lets only the main thread do
    that; in another one no request comes.
    """
    request = Request()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    known = {number: signal.getsignal(number) for number in SIGNALS}
    before = {n: handler for n, handler in known.items() if handler != signal.SIG_IGN}

    def note(signum: int, _) -> None:
        request.signum = signum
        signal.signal(signum, before[signal.Signals(signum)])

    for number in before:
        signal.signal(number, note)
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
