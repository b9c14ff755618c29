"""Runs studies, one after another, in a process with its own number of devices.

Each line of its input is a JSON list of a study's name and flags, and each line of its
output one of the exit code and what was logged. Reports are left empty: nothing in them
depends on devices but by the results, and drawing takes longer than such a study.
"""

import contextlib
import dataclasses
import importlib
import io
import json
import logging
import sys

from aejax.lab import cli
from aejax.lab.training import programs


def light(level):
    """Programs here run for milliseconds, and XLA would optimise them for seconds."""
    del level
    return {"xla_backend_optimization_level": "0"}


def run(name, *flags):
    """Exit code of a study, and what it logged."""
    whole = importlib.import_module(f"experiments.{name}").EXPERIMENT
    experiment = dataclasses.replace(whole, report=lambda results: [])
    told = io.StringIO()
    logging.getLogger("aejax").handlers.clear()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        try:
            cli.main(experiment, [name, *flags])
        except SystemExit as end:
            return end.code, told.getvalue()
        except Exception as error:
            return repr(error), told.getvalue()


if __name__ == "__main__":
    programs.compiler_options = light
    answers = sys.stdout
    for line in sys.stdin:
        print(json.dumps(run(*json.loads(line))), file=answers, flush=True)
