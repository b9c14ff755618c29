"""A study that is killed again and again ends as one that never was."""

import csv
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import jax
import numpy as np
import pytest

from aejax import pretrained

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[2]
LINES = 48  # 24 steps, one record for each of two members
STUDY = (
    "--dataset=mnist_5k",
    "--zdims=2,3",
    "--seeds=1",
    "--steps=24",
    "--chunk=1",
    "--width=2",
    "--depth=2",
    "--checkpoint_seconds=0",
)


@pytest.fixture(scope="module")
def start(environment):
    """`workdir -> Popen` of a small decorrelation study."""

    def begin(workdir):
        command = [sys.executable, "-m", "experiments.decorrelation", *STUDY]
        return subprocess.Popen(
            [*command, f"--workdir={workdir}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
            env=environment,
        )

    return begin


@pytest.fixture(scope="module")
def unbroken(start, tmp_path_factory):
    """The workdir of a study that was never interrupted, and what it printed."""
    workdir = tmp_path_factory.mktemp("study") / "run"
    process = start(workdir)
    printed, complaints = process.communicate()
    assert process.returncode == 0, complaints
    return workdir, printed


def lines(workdir):
    try:
        return (workdir / "metrics.jsonl").read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0


def signal_at(process, workdir, least, delay, signum):
    """Sends a signal once `least` records are there; waits for the end."""
    while process.poll() is None and lines(workdir) < least:
        time.sleep(0.005)
    time.sleep(delay)
    process.send_signal(signum)
    return process.communicate()


@pytest.fixture(scope="module")
def broken(start, unbroken, tmp_path_factory):
    """Killed twice, then asked to stop, then left alone; and how it was stopped."""
    workdir = tmp_path_factory.mktemp("study") / "run"
    moments, exits = random.Random(0), []
    for least in sorted(moments.sample(range(1, LINES), 2)):
        process = start(workdir)
        signal_at(process, workdir, least, moments.uniform(0, 0.05), signal.SIGKILL)
        exits.append(process.returncode)
    process = start(workdir)
    at_once = lines(workdir) + 2
    _, complaints = signal_at(process, workdir, at_once, 0, signal.SIGTERM)
    exits.append(process.returncode)
    final = start(workdir)
    printed, errors = final.communicate()
    assert final.returncode == 0, errors
    return workdir, exits, complaints, printed


def results(workdir):
    with (workdir / "results.csv").open() as file:
        return [
            {k: v for k, v in row.items() if not k.endswith("_seconds")}
            for row in csv.DictReader(file)
        ]


def files(folder):
    """Where everything lies, but for files whose names each process makes up."""
    return {
        path.relative_to(folder)
        for path in folder.rglob("*")
        if not {"tensorboard", "checkpoints", "params"} & set(path.parent.parts)
    }


def test_it_was_stopped_as_told(broken):
    _, exits, complaints, _ = broken
    assert exits == [-signal.SIGKILL] * 2 + [128 + signal.SIGTERM]
    assert "Traceback" not in complaints
    assert complaints.splitlines()[-1].startswith("stopped by SIGTERM at step ")
    assert complaints.splitlines()[-1].endswith("the same command continues from there")


def test_the_results_are_the_same(unbroken, broken):
    found, expected = results(broken[0]), results(unbroken[0])
    assert [row["zdim"] for row in expected] == ["2", "3"]
    assert found == expected


def test_the_records_are_the_same(unbroken, broken):
    found, expected = (w[0] / "metrics.jsonl" for w in (broken, unbroken))
    assert lines(unbroken[0]) == LINES
    assert found.read_bytes() == expected.read_bytes()


def test_the_models_are_the_same_bit_for_bit(unbroken, broken):
    for name in ("zdim=2,seed=0", "zdim=3,seed=0"):
        (model, params), (expected_model, expected) = (
            pretrained.load(w[0] / "models" / name) for w in (broken, unbroken)
        )
        assert model == expected_model
        jax.tree.map(np.testing.assert_array_equal, params, expected)


def test_nothing_is_left_behind(unbroken, broken):
    assert files(broken[0]) == files(unbroken[0])
    kept = {p.name for p in (broken[0] / "checkpoints" / "group_0").iterdir()}
    assert kept == {"23", "24"}


def test_it_prints_the_same(unbroken, broken):
    found, expected = (
        w[-1].replace(str(w[0]), "").splitlines() for w in (broken, unbroken)
    )
    assert found == expected
    assert expected[-1] == "report: /report.html"
