"""One process at a time, and the truth where a file system has no locks."""

import ast
import errno
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aejax.errors import UserError
from aejax.lab.run.locks import locked

fcntl = pytest.importorskip("fcntl")
REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "number", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.EIO]
)
def test_a_file_system_without_locks_is_a_warning(
    tmp_path, number, monkeypatch, caplog
):
    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with caplog.at_level(logging.WARNING, "aejax"), locked(tmp_path / "run", "wait"):
        (tmp_path / "run" / "file").touch()
    assert os.strerror(number) in caplog.text
    assert "another process is running" not in caplog.text


def test_a_lock_ends_with_its_process(tmp_path):
    """Even if that was killed."""
    program = (
        "import sys, time; from pathlib import Path; "
        "from aejax.lab.run.locks import locked\n"
        "with locked(Path(sys.argv[1]), ''): print(flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"\n"
        with pytest.raises(UserError, match="another process"), locked(tmp_path, "x"):
            pass
        other.kill()
        other.wait()
    with locked(tmp_path, "x"):
        pass


def test_nothing_needs_posix_to_be_imported():
    """No module of ours does so on its way in."""
    only = {"fcntl", "resource", "pwd", "grp", "termios"}
    for package in ("aejax", "experiments"):
        for file in (REPOSITORY / package).rglob("*.py"):
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.Import):
                    assert not only & {alias.name for alias in node.names}, file
                if isinstance(node, ast.ImportFrom):
                    assert node.module not in only, file
