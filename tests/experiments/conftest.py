"""Studies as a user runs them: one process each, on real digits, small."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SMALL = ("--dataset=mnist_5k", "--steps=20", "--chunk=5", "--checkpoint_seconds=0")


@pytest.fixture(scope="session")
def begin(environment):
    """`(experiment, workdir, *flags) -> Popen`."""
    level = "--xla_backend_optimization_level=0"
    quick = {
        **environment,
        "XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} {level}",
    }

    def start(experiment, workdir, *flags):
        command = [sys.executable, "-m", f"experiments.{experiment}", *SMALL, *flags]
        return subprocess.Popen(
            [*command, f"--workdir={workdir}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
            env=quick,
        )

    return start


@pytest.fixture(scope="session")
def run(begin):
    """`(experiment, workdir, *flags) -> (exit code, output, complaints)`."""

    def finish(experiment, workdir, *flags):
        process = begin(experiment, workdir, *flags)
        printed, complaints = process.communicate()
        return process.returncode, printed, complaints

    return finish


@pytest.fixture(scope="session")
def refused(run):
    """`(experiment, workdir, *flags) -> complaint`, which must be all that is said."""

    def finish(experiment, workdir, *flags):
        code, printed, complaints = run(experiment, workdir, *flags)
        assert code != 0
        assert not printed
        assert len(complaints.strip().splitlines()) == 1
        return complaints

    return finish
