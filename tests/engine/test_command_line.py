"""Mistakes on the command line: one line that says the way out, and exit code 1."""

import json
import os
import subprocess
import sys

import pytest

# Imports are most of a short process's time: one process imports, its forks run.
FORKS = """
import json, os, sys, warnings
import experiments.decorrelation as study
from aejax.run import app

warnings.simplefilter("ignore")
answers = {}
for name, flags in json.load(sys.stdin).items():
    files = [f"{name}.out", f"{name}.err"]
    if not (child := os.fork()):
        for number, file in enumerate(files, 1):
            os.dup2(os.open(file, os.O_CREAT | os.O_WRONLY), number)
        sys.argv = ["study", *flags]
        try:
            app.run(study.main)
        except SystemExit as end:
            if isinstance(end.code, str):
                print(end.code, file=sys.stderr)
            sys.stdout.flush(), sys.stderr.flush()
            os._exit(end.code if isinstance(end.code, int) else 1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    answers[name] = [code, *(open(file).read() for file in files)]
json.dump(answers, sys.stdout)
"""

SMALL = (
    "--zdims=2,3",
    "--seeds=1",
    "--steps=24",
    "--chunk=1",
    "--width=2",
    "--depth=2",
)

USAGE = {
    "no zdims": (["--zdims="], "whole number of 1 or more"),
    "zdim of nought": (["--zdims=0"], "'0' is not a whole number"),
    "negative zdim": (["--zdims=4,-3"], "'-3' is not a whole number"),
    "zdim twice": (["--zdims=4,4"], "4 is given more than once"),
    "zdim in words": (["--zdims=abc"], "'abc' is not a whole number"),
    "unknown flag": (["--zdim=3"], "zdims"),
    "no flag": (["zdims=3"], "--name=value"),
    "depth": (["--depth=6"], "depth"),
    "unknown set": (["--dataset=mnist5k"], "Did you mean mnist_5k?"),
    "batch": (["--dataset=mnist_5k", "--batch_size=4001"], "4000 training images"),
    "steps and epochs": (["--dataset=mnist_5k", "--steps=1", "--epochs=1"], "not both"),
    "memory": ([*SMALL, "--dataset=mnist_5k", "--memory_gb=1e-6"], "--memory_gb"),
}


@pytest.fixture(scope="module")
def answers(unbroken, environment, tmp_path_factory):
    """Name of a mistake to exit code, output and errors."""
    folder = tmp_path_factory.mktemp("forks")
    (folder / "file").touch()
    mistakes = {
        name: [f"--workdir={folder / name}", *flags]
        for name, (flags, _) in USAGE.items()
    }
    mistakes["changed"] = [f"--workdir={unbroken[0]}", "--steps=25"]
    mistakes["no folder"] = ["--dataset=mnist_5k", f"--workdir={folder}/file/run"]
    mistakes["finished"] = [f"--workdir={unbroken[0]}", *SMALL]
    mistakes["diverging"] = [
        f"--workdir={folder / 'diverging'}",
        *(*SMALL, "--dataset=mnist_5k", "--learning_rate=1e30"),
    ]
    before = times(unbroken[0])
    process = subprocess.run(
        [sys.executable, "-c", FORKS],
        input=json.dumps(mistakes),
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=environment,
        check=True,
    )
    return {**json.loads(process.stdout), "times": (before, times(unbroken[0]))}


def times(folder):
    """Modification times of all that a run writes."""
    return {
        str(path): os.stat(path).st_mtime_ns
        for path in folder.rglob("*")
        if path.name != ".lock"
    }


@pytest.mark.parametrize("name", USAGE)
def test_a_mistake_ends_in_one_line(answers, name):
    code, printed, errors = answers[name]
    assert code == 1
    assert printed == ""
    assert errors.startswith("error: ")
    assert errors.count("\n") == 1
    assert USAGE[name][1] in errors


def test_a_changed_flag_is_refused_with_the_difference(answers):
    code, _, errors = answers["changed"]
    assert code == 1
    assert errors.count("\n") == 1
    assert "steps was 24 and is 25" in errors
    assert "--overwrite" in errors


def test_a_folder_that_cannot_be_written_is_named(answers):
    code, _, errors = answers["no folder"]
    assert code == 1
    assert errors.startswith("error: cannot write to workdir ")
    assert errors.count("\n") == 1


def test_divergence_names_the_members(answers):
    code, _, errors = answers["diverging"]
    assert code == 1
    assert "Traceback" not in errors
    last = errors.splitlines()[-1]
    assert last.startswith("error: the loss or a weight of zdim=")
    assert "--learning_rate" in last


def test_a_finished_study_answers_from_what_is_there(answers, unbroken):
    code, printed, _ = answers["finished"]
    assert code == 0
    assert printed == unbroken[1]
    before, after = answers["times"]
    assert before == after
