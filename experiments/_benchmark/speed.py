"""Times training steps of several contenders, and reports ratios."""

import dataclasses
import importlib.util
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import jax

from aejax import executors, lab
from aejax.errors import UserError
from aejax.lab import cli, flags
from aejax.lab.checked import Checked
from aejax.lab.run import interrupt, provenance, workdir

from . import cases, goals, measure, report, summary
from .processes import scratch

HAS_TORCH = importlib.util.find_spec("torch") is not None
NO_TORCH = "PyTorch is not installed: pip install -e '.[torch]'"

log = logging.getLogger("aejax")


@dataclasses.dataclass(frozen=True)
class Options(Checked):
    """What is timed."""

    compare: str = lab.option("speed", "Training speed.", choices=("speed",))
    models: tuple[str, ...] = lab.option(
        tuple(cases.MODELS), "What is trained.", choices=tuple(cases.MODELS)
    )
    contenders: tuple[str, ...] | None = lab.option(
        None,
        "Who trains it; all that run here if not given.",
        choices=cases.CONTENDERS,
    )
    members: tuple[int, ...] | None = lab.option(
        None,
        "Models that aejax trains at once; as many as each model names if not given.",
        minimum=1,
    )
    rounds: int = lab.option(5, "How often each contender is timed.", minimum=1)
    starts: bool = lab.option(
        True, "Time the way from the start of a process to its first step, too."
    )
    steps: int = lab.option(
        30, "Steps of a timed call of one large convolutional model.", minimum=1
    )
    workdir: str = lab.option(
        "checkpoints/benchmark", "Folder of the run.", path="write"
    )
    overwrite: bool = lab.option(False, "Measure anew what the workdir holds.")


def main(argv: Sequence[str]) -> None:
    """Measures, or shows what was measured."""
    options = flags.parse(Options, argv)
    # This process only looks at the devices; the workers need their memory.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    cli.configure()
    print(conduct(options), end="")


def conduct(options: Options) -> str:
    """Measures what the options ask for; what the console shows.

    Raises:
      UserError: PyTorch was asked for and is not there, or a contender does not run.
      Stopped: a signal came.
    """
    contenders, notes = choose_contenders(options.contenders)
    config = {
        "experiment": "benchmark",
        "settings": {**options.deciding(), "contenders": contenders},
        "dataset": {"name": "noise", "examples": cases.EXAMPLES},
        "notes": notes,
        "environment": {**provenance.environment(), "cpus": cores()},
    }
    path = Path(options.workdir)
    with workdir.opened(path, config, options.overwrite) as folder:
        if folder.finished:
            print(f"{path} holds the finished run:", file=sys.stderr)
            return (folder / "summary.txt").read_text(encoding="utf-8")
        busy = load_note()
        measured, failures = run(options, contenders, folder)
        verdicts = goals.verdicts(measured, own_contender, on_cpu())
        remarks = [*busy, *notes, *failures]
        return report.publish(folder, config, measured, list(verdicts), remarks)


def run(
    options: Options, contenders: Sequence[str], folder: workdir.Workdir
) -> tuple[summary.Measured, list[str]]:
    """Measures all that was chosen; notes say what does not run here."""
    timings: list[measure.Timing] = []
    starts: list[measure.Start] = []
    notes: list[str] = []
    with (
        interrupt.graceful() as request,
        scratch(folder / workdir.CACHE) as place,
    ):
        for model in options.models:
            counts = options.members or cases.MODELS[model].members
            rows = cases.cases(model, contenders, counts, options.steps, cores())
            found, missing = measure.timings(rows, options.rounds, place, request)
            timings += found
            notes += missing
        if options.starts:
            chosen = starters(options.models[0], timings)
            starts = measure.starts(chosen, place, request)
    return summary.Measured(timings, starts), notes


def starters(model: str, timings: Sequence[measure.Timing]) -> list[cases.Case]:
    """Whose way to the first step is timed: aejax's and PyTorch's, one model."""
    names = (own_contender(1), "torch-eager", "torch-compile")
    rows = [timing.case for timing in timings if timing.case.model == model]
    return [case for case in rows if case.contender in names and case.members == 1]


def own_contender(members: int) -> str:
    """The contender with the executor that aejax chooses here for so many members."""
    return f"aejax-{executors.choose(members)}"


def on_cpu() -> bool:
    """Whether there is no accelerator."""
    return jax.default_backend() == "cpu"


def cores() -> int:
    """CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def choose_contenders(asked: Sequence[str] | None) -> tuple[list[str], list[str]]:
    """The contenders, and notes on those that are left out.

    Raises:
      UserError: PyTorch was asked for and is not there.
    """
    if asked is not None:
        if not HAS_TORCH and any(name.startswith("torch") for name in asked):
            raise UserError(NO_TORCH)
        return list(asked), []
    chosen = sorted(cases.CONTENDERS, key=lambda name: name != own_contender(1))
    if jax.device_count() == 1:
        chosen.remove("aejax-sharded")
    if not on_cpu() or cores() == 1:
        chosen.remove("torch-per-core")
    if not on_cpu():
        chosen.remove("torch-default-malloc")
    if HAS_TORCH:
        return chosen, []
    kept = [name for name in chosen if not name.startswith("torch")]
    return kept, [f"The rows of PyTorch are missing. {NO_TORCH}"]


def load_note() -> list[str]:
    """A warning where other processes compute as well."""
    load = os.getloadavg()[0]
    if load < 0.3 * cores():
        return []
    note = (
        f"Other processes keep this machine busy: {load:.1f} of them on {cores()} CPU "
        "cores over the last minute. Contenders suffer from that to different degrees."
    )
    log.warning(note)
    return [note]
