"""From the command line to an experiment, and its exit code."""

import dataclasses
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import jax
from absl import logging as absl_logging

from aejax.errors import UserError
from aejax.lab import flags
from aejax.lab.experiment import Experiment
from aejax.lab.files import WAYS_OUT
from aejax.lab.interrupt import Stopped


def main(experiment: Experiment, argv: Sequence[str] | None = None) -> None:
    """Defines the flags, parses them, runs, prints, and exits.

    A user's mistake ends in one line and exit code 1, a signal in 128 + its
    number; a traceback means a bug.

    Args:
      experiment: the study.
      argv: of the process if None.
    """
    arguments = list(sys.argv if argv is None else argv)
    command = f"python -m experiments.{experiment.name}"
    if flags.HELP & set(arguments[1:]):
        print(flags.help_text(experiment.options, command, experiment.question))
        sys.exit(0)
    sys.exit(guarded(lambda: run(experiment, arguments)))


def run(experiment: Experiment, arguments: Sequence[str]) -> None:
    """Runs what a command line asks for, or shows the finished run."""
    options = flags.parse(experiment.options, arguments)
    configure()
    if options.workdir is None:
        default = Path("checkpoints") / experiment.name
        options = dataclasses.replace(options, workdir=str(default))
    before = experiment.finished(options)
    if before is not None:
        print(f"{options.workdir} holds the finished run:", file=sys.stderr)
        print(before, end="")
        return
    _, text = experiment.conduct(options)
    print(text, end="")


def guarded(act: Callable[[], None]) -> int:
    """Runs a function; its exit code, with one line for what is no bug."""
    try:
        act()
        sys.stdout.flush()
    except UserError as error:
        _complain(f"error: {error}")
        return 1
    except Stopped as stop:
        _complain(str(stop))
        return 128 + stop.signum
    except KeyboardInterrupt:
        _complain("interrupted; the same command continues")
        return 128 + signal.SIGINT
    except BrokenPipeError:
        # Who read the output has gone; Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 128 + 13
    except OSError as error:
        if error.errno not in WAYS_OUT:
            raise
        where = f" {error.filename}" if error.filename else ""
        words = f"{error.strerror}; {WAYS_OUT[error.errno]}"
        _complain(f"error: cannot write{where}: {words}")
        return 1
    return 0


def _complain(text: str) -> None:
    # A terminal that was closed cannot be told.
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def configure() -> None:
    """Logs in plain lines; one CPU device per core; compiled programs are kept."""
    absl_logging.set_verbosity(absl_logging.WARNING)
    log = logging.getLogger("aejax")
    log.setLevel(logging.INFO)
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.StreamHandler())
    if jax.config.values["jax_compilation_cache_dir"] is None:
        root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        jax.config.update("jax_compilation_cache_dir", str(Path(root) / "aejax"))
    one_device_per_core()


def one_device_per_core() -> None:
    """Has JAX see a CPU device for each core, unless the user chose a number."""
    chosen = "xla_force_host_platform_device_count" in os.environ.get("XLA_FLAGS", "")
    if chosen or jax.config.values["jax_num_cpu_devices"] > 0:
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    jax.config.update("jax_num_cpu_devices", cores or os.cpu_count() or 1)
