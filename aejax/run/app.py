"""From the command line to an experiment's main function, and its exit code."""

import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import jax
from absl import app, flags
from absl import logging as absl_logging

from aejax.errors import UserError
from aejax.run.interrupt import Stopped


def run(main: Callable[[], None]) -> None:
    """Parses the flags and runs `main`.

    A user's mistake ends in one line and exit code 1, a signal in 128 + its
    number; a traceback means a bug.
    """
    app.run(lambda _: sys.exit(_exit_code(main)), flags_parser=_parse)


def _exit_code(main: Callable[[], None]) -> int:
    _configure()
    try:
        main()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except Stopped as stop:
        print(stop, file=sys.stderr)
        return 128 + stop.signum
    except KeyboardInterrupt:
        print("interrupted; the same command continues", file=sys.stderr)
        return 128 + signal.SIGINT
    return 0


def _parse(argv: Sequence[str]) -> list[str]:
    """Like absl's own parser, with an error of one line."""
    try:
        rest = flags.FLAGS(list(argv))
    except flags.Error as error:
        sys.exit(f"error: {error}; --help lists the flags")
    if len(rest) > 1:
        sys.exit(f"error: what is {rest[1]!r}? Flags look like --name=value")
    return rest


def _configure() -> None:
    """Logs in plain lines; keeps compiled programs for the next start."""
    absl_logging.set_verbosity(absl_logging.WARNING)
    log = logging.getLogger("aejax")
    log.setLevel(logging.INFO)
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.StreamHandler())
    if jax.config.values["jax_compilation_cache_dir"] is None:
        root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        jax.config.update("jax_compilation_cache_dir", str(Path(root) / "aejax"))
