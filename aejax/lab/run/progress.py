"""How far a training is: a bar on a terminal, elsewhere a line now and then."""

import logging
import time

from tqdm.auto import tqdm

log = logging.getLogger("aejax")

SECONDS = 60.0
"""Between two lines in a file, or a cluster's log."""


class Progress:
    """Shows the progress of one program.

    Args:
      first: the step from which this process trains.
      last: the step at which training ends.
      seconds: least time between two lines, where there is no terminal.
    """

    def __init__(self, first: int, last: int, seconds: float = SECONDS):
        self._last, self._seconds = last, seconds
        self._first, self._begun = first, time.monotonic()
        self._said = self._begun
        self._after_first: tuple[int, float] | None = None
        # disable=None: quiet when the output is not a terminal.
        self._bar = tqdm(
            total=last, initial=first, unit="step", disable=None, dynamic_ncols=True
        )

    def show(self, step: int, loss: float | None) -> None:
        """Shows a step, and the mean loss of the members."""
        if self._bar.disable:
            self._tell(step, loss)
            return
        try:
            if loss is not None:
                self._bar.set_postfix_str(f"mean loss {loss:.4g}", refresh=False)
            self._bar.update(step - self._bar.n)
        except OSError:
            # The terminal has gone; that is no reason to stop.
            self._bar.disable = True

    def _tell(self, step: int, loss: float | None) -> None:
        now = time.monotonic()
        if now - self._said < self._seconds or step >= self._last:
            self._after_first = self._after_first or (step, now)
            return
        self._said = now
        # Without the first chunk, which includes compilation, if there is another.
        since, then = self._after_first or (self._first, self._begun)
        self._after_first = self._after_first or (step, now)
        rate = (step - since) / max(now - then, 1e-9)
        mean = "" if loss is None else f", mean loss {loss:.4g}"
        left = duration((self._last - step) / rate)
        log.info(
            "step %d of %d, %.3g steps per second%s, %s left",
            step, self._last, rate, mean, left,
        )  # fmt: skip

    def close(self) -> None:
        """Ends the bar."""
        try:
            self._bar.close()
        except OSError:
            self._bar.disable = True


def duration(seconds: float) -> str:
    """A time in words, such as "2 h 5 min", "12 min" or "40 s"."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    hours = f"{minutes // 60} h " if minutes >= 60 else ""
    return f"{hours}{minutes % 60} min"
