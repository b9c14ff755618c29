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


class Ended(KeyboardInterrupt):
    """A signal ended what was no training, and what is kept is kept.

    Attributes:
      signum: the signal.
    """

    def __init__(self, signum: int):
        super().__init__(signal.Signals(signum).name)
        self.signum = signum


def _end(signum: int, _) -> None:
    signal.signal(signum, signal.SIG_DFL)
    raise Ended(signum)


@contextmanager
def ending() -> Iterator[None]:
    """SIGTERM and SIGHUP raise `Ended`, as Ctrl-C raises KeyboardInterrupt.

    Without it they end a process without a word. A second one does so. What is ignored
    stays so, and what has a handler keeps it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    mine = [n for n in SIGNALS if signal.getsignal(n) == signal.SIG_DFL]
    for number in mine:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number in mine:
            signal.signal(number, signal.SIG_DFL)


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
        then = before[signal.Signals(signum)]
        signal.signal(signum, signal.SIG_DFL if then is _end else then)

    for number in before:
        signal.signal(number, note)
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
