"""`python -m aejax.data`: what it prints, and two of them at once."""

import re
import subprocess
import sys

import pytest


@pytest.mark.slow
def test_two_processes_prepare_at_once(tmp_path):
    both = [start("prepare", "mnist_5k", f"--data_dir={tmp_path}") for _ in range(2)]
    for process in both:
        out, err = process.communicate(timeout=100)
        assert process.returncode == 0, err
        # "already", where the other was done before this one looked.
        assert re.search(r"mnist_5k is (already )?prepared in", out)
    again = start("prepare", "mnist_5k", f"--data_dir={tmp_path}")
    assert "is already prepared" in again.communicate(timeout=100)[0]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ([], 0, "mnist_5k"),
        ([], 0, "prepare NAME"),
        (["prepare", "mnst"], 1, "Did you mean mnist?"),
        (["prepare"], 1, "Unknown command"),
    ],
)
def test_command_line(tmp_path, arguments, code, says):
    process = start(*arguments, f"--data_dir={tmp_path}")
    out, err = process.communicate(timeout=100)
    assert process.returncode == code
    assert says in (err if code else out)
    assert len(err.splitlines()) == code


def start(*arguments):
    """`python -m aejax.data` with these arguments, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "aejax.data", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
