"""The command `aejax`, in a checkout and as a package that is installed."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from aejax import commands, shelf

ROOT = Path(__file__).parents[2]


def said(command, code=0, **how):
    done = subprocess.run(command, capture_output=True, text=True, **how)
    assert done.returncode == code, done.stderr[-2000:]
    return done.stdout + done.stderr


def test_every_study_is_listed_without_being_imported():
    found = commands.studies()
    assert {"decorrelation", "benchmark", "unmixing"} <= found.keys()
    assert all(text[-1] == "?" for text in found.values())
    assert "experiments.decorrelation" not in {
        name for name in sys.modules if name.startswith("aejax.experiments.")
    }


@pytest.mark.parametrize(
    ("words", "answer"),
    [(["rum"], "rum"), (["run", "decorelation"], "did you mean decorrelation?")],
)
def test_what_there_is_not_is_named(capsys, words, answer):
    with pytest.raises(SystemExit) as end:
        commands.main(words)
    assert end.value.code == 2
    error = capsys.readouterr().err
    assert answer in error
    assert error.count("\n") == 1


def test_a_shipped_model_has_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in shelf.NAMES:
        assert (shelf.find(name) / "model.json").exists()
    assert shelf.find("other") == Path("other")
    (tmp_path / "unmixer").mkdir()
    assert shelf.find("unmixer") == Path("unmixer")


@pytest.mark.slow
def test_a_reader_may_leave_and_streams_may_be_closed(environment, tmp_path):
    command = f"{sys.executable} -m aejax run"
    for end in (" | true", " <&- >&- 2>&-"):
        found = said(["bash", "-c", command + end], env=environment, cwd=tmp_path)
        assert found == ""


@pytest.mark.slow
def test_an_installed_package_runs_anywhere(environment, tmp_path):
    """Studies and models are in it; no package is called `experiments`."""
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "-q", "-w"]
    said([*build, str(tmp_path), str(ROOT)])
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as package:
        tops = {name.partition("/")[0] for name in package.namelist()}
        package.extractall(tmp_path / "site")
        (entry,) = [n for n in package.namelist() if n.endswith("entry_points.txt")]
        assert "aejax.commands:main" in package.read(entry).decode()
    assert {name.partition("-")[0] for name in tops} == {"aejax"}
    there = {**environment, "PYTHONPATH": str(tmp_path / "site"), "PYTHONSAFEPATH": "1"}
    run = [sys.executable, "-m", "aejax", "run"]
    where = {"env": there, "cwd": tmp_path}
    assert "aejax run transfer" in said(run, **where)
    for name in ("benchmark", "theory", "digit_generator"):
        found = said([*run, name, "--help"], **where)
        assert f"usage: aejax run {name}" in found and "experiments." not in found
    said([*run, "digit_generator", "--digits=7", "--out=7.png"], **where)
    assert (tmp_path / "7.png").stat().st_size > 0
    assert not os.path.exists(tmp_path / "checkpoints")
