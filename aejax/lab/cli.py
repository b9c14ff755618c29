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

from aejax import memory, terminal
from aejax.errors import UserError
from aejax.lab import flags
from aejax.lab.experiment import Experiment
from aejax.lab.run import interrupt
from aejax.lab.run.files import WAYS_OUT
from aejax.lab.training import compiled, machine

log = logging.getLogger("aejax")

IN_CHECKOUT = "python -m experiments."
"""What a study's name is put behind; where aejax is installed, `aejax run `."""


def main(experiment: Experiment, argv: Sequence[str] | None = None) -> None:
    """Defines the flags, parses them, runs, prints, and exits.

    A user's mistake ends in one line and exit code 1, a signal in 128 + its
    number; a traceback means a bug.

    Args:
      experiment: the study.
      argv: of the process if None.
    """
    arguments = list(sys.argv if argv is None else argv)
    if flags.HELP & set(arguments[1:]):
        sys.exit(guarded(lambda: print(help_text(experiment))))
    sys.exit(guarded(lambda: run(experiment, arguments)))


def command(
    run: Callable[[Sequence[str]], None], argv: Sequence[str] | None = None
) -> None:
    """Runs a command that is no experiment, and exits as `main` does.

    Args:
      run: is given the command line, the program's name first.
      argv: of the process if None.
    """
    arguments = list(sys.argv if argv is None else argv)
    sys.exit(guarded(lambda: run(arguments)))


def asks_for(flag: str, arguments: Sequence[str]) -> bool:
    """Whether a flag is among the words of a command line."""
    words = (one.lstrip("-").partition("=")[0] for one in arguments if one[:1] == "-")
    return flag in words


def help_text(experiment: Experiment) -> str:
    """What --help prints, with the command as it is called here."""
    command = IN_CHECKOUT + experiment.name
    text = flags.help_text(experiment.options, command, experiment.question)
    return as_called(text)


def as_called(text: str) -> str:
    """A text with the commands of studies as they are called here."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    is_installed = spec is not None and spec.name.startswith("aejax.")
    return text.replace(IN_CHECKOUT, "aejax run " if is_installed else IN_CHECKOUT)


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
        with terminal.output(), interrupt.ending():
            act()
    except UserError as error:
        _complain(f"error: {error}")
        return 1
    except interrupt.Stopped as stop:
        _complain(str(stop))
        return 128 + stop.signum
    except MemoryError as error:
        _complain(f"error: {memory.lacking(error)}")
        return 1
    except jax.errors.JaxRuntimeError as error:
        if not memory.is_lacking(error):
            raise
        _complain(f"error: {memory.lacking(error)}")
        return 1
    except FloatingPointError as error:
        reason = str(error).partition("\n")[0]
        _complain(f"error: {reason}; this is how JAX_DEBUG_NANS ends")
        return 1
    except interrupt.Ended as end:
        _complain(f"stopped by {end}; the same command continues")
        return 128 + end.signum
    except KeyboardInterrupt:
        _complain("interrupted; the same command continues")
        return 128 + signal.SIGINT
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
    """Logs in plain lines; one CPU device per core; compiled programs are kept.

    Raises:
      UserError: the device that was asked for cannot be used.
    """
    absl_logging.set_verbosity(absl_logging.WARNING)
    log.setLevel(logging.INFO)
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.StreamHandler())
    take_back()
    compiled.keep()
    one_device_per_core()
    machine.announce()


NEEDED = (
    ("jax_numpy_dtype_promotion", "standard", "Optax needs it"),
    ("jax_numpy_rank_promotion", "allow", "Optax needs it"),
    ("jax_disable_jit", False, "a study is compiled programs"),
)
"""Modes of JAX that studies need, and why."""


def take_back() -> None:
    """Takes modes of JAX back in which no study can run, and says so."""
    for option, plain, reason in NEEDED:
        if jax.config.values[option] != plain:
            log.warning("%s is set to %s: %s", option.upper(), plain, reason)
            jax.config.update(option, plain)


def one_device_per_core() -> None:
    """Has JAX see a CPU device for each core, unless the user chose a number."""
    chosen = "xla_force_host_platform_device_count" in os.environ.get("XLA_FLAGS", "")
    if chosen or jax.config.values["jax_num_cpu_devices"] > 0:
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    jax.config.update("jax_num_cpu_devices", cores or os.cpu_count() or 1)
