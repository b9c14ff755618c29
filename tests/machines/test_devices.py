"""Runs that go on with another number of devices than they began with."""

import contextlib
import csv
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow

STUDIES = Path(__file__).with_name("several_studies.py")


@pytest.fixture(scope="module")
def run(environment, tmp_path_factory):
    """`(devices, study, workdir, *flags) -> log`, in one process of so many devices."""
    processes, stack = {}, contextlib.ExitStack()

    def begin(devices):
        process = subprocess.Popen(
            [sys.executable, STUDIES],
            env={**environment, "JAX_NUM_CPU_DEVICES": str(devices)},
            cwd=tmp_path_factory.mktemp("elsewhere"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return stack.enter_context(process)

    def call(devices, name, workdir, *flags):
        if devices not in processes:
            processes[devices] = begin(devices)
        process = processes[devices]
        flags = (*flags, f"--workdir={workdir}", "--checkpoint_seconds=0")
        print(json.dumps([name, *flags]), file=process.stdin, flush=True)
        code, told = json.loads(process.stdout.readline())
        assert code == 0, told[-3000:]
        return told

    with stack:
        yield call


def halve(workdir):
    """Leaves of a finished run what it had in the middle of every training.

    Returns the steps from which its trainings go on.
    """
    (workdir / "summary.txt").unlink()
    shutil.rmtree(workdir / "cache", ignore_errors=True)
    return sorted(map(drop_last, workdir.rglob("*group_*")))


def drop_last(group):
    *others, last = sorted(int(n.name) for n in group.iterdir() if n.name.isdigit())
    shutil.rmtree(group / str(last))
    return max(others, default=0)


def begun(told):
    """Steps from which trainings began."""
    return sorted(
        int(step) for step in re.findall(r"training .+ from step (\d+)", told)
    )


TIMES = ("seconds", "sampling")
"""In names of columns that no two runs have alike."""


def rows(workdir):
    with (workdir / "results.csv").open(newline="", encoding="utf-8") as file:
        return [
            {k: v for k, v in row.items() if not any(word in k for word in TIMES)}
            for row in csv.DictReader(file)
        ]


def same(found, expected):
    """Equal words, and numbers as near as those of two executors are."""
    assert len(found) == len(expected)
    for row, other in zip(found, expected, strict=True):
        assert row.keys() == other.keys()
        for name, value in row.items():
            try:
                number = float(value)
            except ValueError:
                assert value == other[name], name
            else:
                np.testing.assert_allclose(
                    number, float(other[name]), rtol=1e-3, atol=1e-5, err_msg=name
                )


def test_a_study_goes_on_with_other_devices(run, tmp_path, study_flags):
    """Whole on two; from the middle on three, and on one; from the last step on one."""
    name, flags = study_flags
    workdir = tmp_path / "run"
    everywhere = [*flags, "--executor=sharded"]
    run(2, name, workdir, *everywhere)
    whole = rows(workdir)
    for devices, words in ((3, everywhere), (1, flags)):
        middle = halve(workdir)
        assert max(middle) > 0
        assert begun(run(devices, name, workdir, *words)) == middle
        same(rows(workdir), whole)
    (workdir / "summary.txt").unlink()
    shutil.rmtree(workdir / "cache", ignore_errors=True)
    assert not begun(run(1, name, workdir, *flags))
    same(rows(workdir), whole)
