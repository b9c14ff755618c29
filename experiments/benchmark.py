"""How fast is aejax, against PyTorch and plain Flax on the same machine?

Timed: training steps of a convolutional autoencoder and of a VAE of dense
layers, for several numbers of members and with every executor. Held against:
PyTorch, eager and compiled, plain Flax, and the speed of a matrix product. The
contenders compute in turn, so that ratios hold on a machine that is not quite
idle. A finished run is shown again; --overwrite measures anew.
"""

import importlib.util
import logging
import os
import signal
import sys
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import jax
from absl import flags

from aejax import executors
from aejax.errors import UserError
from aejax.report import versions
from aejax.run import app, settings
from aejax.run import workdir as folders
from aejax.run.lists import define_integers
from experiments._benchmark import cases, goals, measure, report, summary

MODELS = flags.DEFINE_list("models", list(cases.MODELS), "Of conv, mlp.")
CONTENDERS = flags.DEFINE_list(
    "contenders",
    None,
    f"Of {', '.join(cases.CONTENDERS)}; all that run here if not given.",
)
MEMBERS = define_integers("members", (1, 4, 12), "Models that aejax trains at once.")
ROUNDS = flags.DEFINE_integer("rounds", 5, "How often each contender is timed.", 1)
SHARED = ("workdir", "overwrite", "steps")
STEPS = 50
NO_TORCH = (
    "PyTorch is not installed, so its rows are missing: pip install -e '.[torch]'"
)

log = logging.getLogger("aejax")
for name in SHARED:
    flags.declare_key_flag(name)


def main() -> None:
    """Measures, or shows what was measured."""
    # As an exception, so that workers and temporary files go as well.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    # This process only looks at the devices; the workers need their memory.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    refuse_other_flags()
    path, overwrite = settings.workdir("benchmark")
    contenders, notes = choose_contenders()
    check("models", MODELS.value, cases.MODELS)
    chosen = {
        "models": MODELS.value,
        "contenders": contenders,
        "members": MEMBERS.value,
        "rounds": ROUNDS.value,
        "steps": flags.FLAGS["steps"].value or STEPS,
    }
    config = {
        "experiment": "benchmark",
        "settings": chosen,
        "dataset": {"name": "noise", "examples": cases.EXAMPLES},
        "notes": notes,
        "environment": {**versions.environment(), "cpus": os.cpu_count()},
    }
    with folders.opened(path, config, overwrite) as folder:
        if folder.finished:
            log.info("%s holds the finished run (--overwrite measures anew):", path)
        else:
            busy = load_note()
            measured, failures = run(chosen)
            verdicts = goals.verdicts(measured, own_contender(), on_cpu())
            report.publish(
                folder, config, measured, list(verdicts), [*busy, *notes, *failures]
            )
        print((folder / "summary.txt").read_text(), end="")


def run(chosen: dict[str, Any]) -> tuple[summary.Measured, list[str]]:
    """Measures all that was chosen; notes say what does not run here."""
    timings: list[measure.Timing] = []
    notes: list[str] = []
    contenders = chosen["contenders"]
    with tempfile.TemporaryDirectory(prefix="aejax-benchmark-") as name:
        folder = Path(name)
        for model in chosen["models"]:
            rows = cases.cases(model, contenders, chosen["members"], chosen["steps"])
            found, missing = measure.timings(rows, chosen["rounds"], folder)
            timings += found
            notes += missing
        starts = measure.starts(starters(chosen["models"][0], timings), folder)
    return summary.Measured(timings, starts), notes


def starters(model: str, timings: Sequence[measure.Timing]) -> list[cases.Case]:
    """Whose way to the first step is timed: aejax's and PyTorch's, one model."""
    names = (own_contender(), "torch-eager", "torch-compile")
    rows = [timing.case for timing in timings if timing.case.model == model]
    return [case for case in rows if case.contender in names and case.members == 1]


def own_contender() -> str:
    """The contender with the executor that aejax chooses here."""
    return f"aejax-{executors.choose()}"


def on_cpu() -> bool:
    """Whether there is no accelerator."""
    return jax.default_backend() == "cpu"


def choose_contenders() -> tuple[list[str], list[str]]:
    """The contenders, and notes on those that are left out.

    Raises:
      UserError: PyTorch was asked for and is not there, or no such contender.
    """
    has_torch = importlib.util.find_spec("torch") is not None
    if CONTENDERS.value is not None:
        check("contenders", CONTENDERS.value, cases.CONTENDERS)
        if not has_torch and any(n.startswith("torch") for n in CONTENDERS.value):
            raise UserError(NO_TORCH)
        return CONTENDERS.value, []
    chosen = sorted(cases.CONTENDERS, key=lambda name: name != own_contender())
    if jax.device_count() == 1:
        chosen.remove("aejax-sharded")
    if has_torch:
        return chosen, []
    return [name for name in chosen if not name.startswith("torch")], [NO_TORCH]


def check(flag: str, values: Sequence[str], known: Collection[str]) -> None:
    """Refuses an empty list, and words that are not known or come twice."""
    wrong = [value for value in values if value not in known or values.count(value) > 1]
    if wrong or not values:
        raise UserError(
            f"--{flag}={','.join(values)}: give each of {', '.join(known)} at most once"
        )


def refuse_other_flags() -> None:
    """Refuses the studies' flags that mean nothing here, such as --dataset."""
    shared = flags.FLAGS.flags_by_module_dict()[settings.__name__]
    for flag in shared:
        if flag.present and flag.name not in SHARED:
            raise UserError(f"the benchmark has no --{flag.name}; see --help")


def load_note() -> list[str]:
    """A warning where other processes compute as well."""
    load, cpus = os.getloadavg()[0], os.cpu_count() or 1
    if load < 0.3 * cpus:
        return []
    note = (
        f"Other processes keep this machine busy: {load:.1f} of them on {cpus} CPUs "
        "over the last minute. Contenders suffer from that to different degrees."
    )
    log.warning(note)
    return [note]


if __name__ == "__main__":
    app.run(main)
