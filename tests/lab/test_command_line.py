"""The command line: mistakes end in one line, and a finished run answers at once."""

import os
import signal
import subprocess
import sys
import time

import pytest

from aejax import lab
from aejax.lab import cli
from aejax.lab.run import interrupt, records

pytestmark = pytest.mark.usefixtures("compile_once")


def times(folder):
    """Modification times of all that a run writes."""
    return {
        str(path): os.stat(path).st_mtime_ns
        for path in folder.rglob("*")
        if path.name != ".lock"
    }


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--zdims=", "whole number of 1 or more"),
        ("--zdims=0", "0 is not a whole number"),
        ("--zdims=4,-3", "-3 is not a whole number"),
        ("--zdims=4,4", "4 is given more than once"),
        ("--zdims=abc", "abc is not a whole number"),
        ("--zdim=3", "zdims"),
        ("zdims=3", "--name=value"),
        ("--executor=pmap", "one of map, vmap, sharded"),
        ("--batch_size=51", "50 training images"),
        ("--zdims=785", "more than there are pixels"),
        ("--memory_gb=1e-9", "memory"),
    ],
)
def test_a_mistake_ends_in_one_line(refused, tmp_path, flag, message):
    assert message in refused(f"--workdir={tmp_path / 'run'}", flag)
    if "memory" not in flag:
        assert not (tmp_path / "run").exists()


def test_an_unknown_data_set_is_named(refused, study, tmp_path):
    """By an experiment that loads its data as all do."""
    fields = {n: getattr(study, n) for n in lab.Experiment.__dataclass_fields__}
    plain = lab.Experiment(**fields)
    flags = ("--dataset=mnist5k", f"--workdir={tmp_path}")
    complaint = refused(*flags, experiment=plain)
    assert "Did you mean mnist_5k?" in complaint


def test_models_that_all_diverge_are_the_users_to_mend(refused, tmp_path):
    flags = ("--zdims=4", "--bad=4", f"--workdir={tmp_path / 'run'}")
    assert "all 2 models diverged, the first at step" in refused(*flags)


def test_a_folder_that_cannot_be_written_is_named(refused, tmp_path):
    (tmp_path / "file").touch()
    complaint = refused(f"--workdir={tmp_path / 'file' / 'run'}")
    assert "cannot write to the folder" in complaint


def test_a_finished_run_prints_the_same_and_writes_nothing(
    command, refused, tmp_path, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "80")
    folder = tmp_path / "run"
    code, printed, _ = command(f"--workdir={folder}")
    assert code == 0
    assert printed.splitlines()[-1] == f"report: {folder / 'report.html'}"
    assert max(map(len, printed.splitlines()[:-1])) <= 80
    before = times(folder)
    again, said, note = command(f"--workdir={folder}")
    assert (again, said) == (0, printed)
    assert "holds the finished run" in note
    complaint = refused(f"--workdir={folder}", "--steps=8")
    assert "steps was 6 and is 8" in complaint
    assert "overwrite" in complaint
    assert times(folder) == before


@pytest.mark.slow
def test_overwriting_starts_anew(command, tmp_path):
    folder = tmp_path / "run"
    command(f"--workdir={folder}", "--seeds=1")
    (folder / "notes.md").write_text("mine")
    code, printed, _ = command(f"--workdir={folder}", "--seeds=1", "--zdims=2,3",
                               "--overwrite")  # fmt: skip
    assert code == 0
    assert "d = 3" in printed
    assert (folder / "notes.md").read_text() == "mine"
    assert not (folder / "models" / "zdim=4,seed=0").exists()


def test_a_signal_ends_in_one_line_and_its_exit_code(command, tmp_path, monkeypatch):
    write = records.Recorder.write

    def write_and_signal(self, *arguments):
        os.kill(os.getpid(), signal.SIGTERM)
        return write(self, *arguments)

    monkeypatch.setattr(records.Recorder, "write", write_and_signal)
    code, printed, said = command(f"--workdir={tmp_path / 'run'}", "--seeds=1")
    assert code == 128 + signal.SIGTERM
    assert printed == ""
    assert said.count("\n") == 1
    assert "the same command continues from there" in said


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (lab.OptionError("steps", 0, "too few"), 1),
        (interrupt.Stopped(signal.SIGINT, 3), 130),
        (KeyboardInterrupt(), 130),
    ],
)
def test_what_is_no_bug_has_an_exit_code_and_one_line(capsys, error, code):
    def act():
        raise error

    assert cli.guarded(act) == code
    assert capsys.readouterr().err.count("\n") == 1


def test_a_signal_between_trainings_is_told_too(capsys):
    def act():
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(1)

    assert cli.guarded(act) == 128 + signal.SIGTERM
    assert "stopped by SIGTERM" in capsys.readouterr().err


def test_a_bug_has_a_traceback():
    with pytest.raises(ZeroDivisionError):
        cli.guarded(lambda: 1 / 0)


@pytest.mark.parametrize("flag", ["--help", "-h", "--helpfull", "--helpshort"])
def test_help_is_no_mistake(command, flag):
    code, printed, errors = command(flag)
    assert (code, errors) == (0, "")
    assert printed.startswith("Is a test a study?")
    assert "python -m experiments.study" in printed


@pytest.mark.slow
def test_without_a_workdir_the_run_lies_under_checkpoints(
    command, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    command("--seeds=1", "--zdims=2,3")
    assert (tmp_path / "checkpoints" / "study" / "report.html").exists()


@pytest.mark.slow
def test_cores_are_devices_unless_the_user_chose():
    """In a process of its own: JAX fixes its devices at the first use."""
    program = (
        "import jax, os; from aejax.lab import cli; "
        "os.sched_getaffinity = lambda pid: {0, 1, 2}; "
        "cli.one_device_per_core(); print(jax.device_count())"
    )
    chosen = "--xla_force_host_platform_device_count=2"
    for flags, expected in (("", "3"), (chosen, "2")):
        found = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"},
        )
        assert found.stdout.strip() == expected
