"""A workdir belongs to one configuration and one process, and holds what is ours."""

import json
import subprocess
import sys

import pytest

from aejax.errors import UserError
from aejax.lab.run import belongings, workdir

CONFIG = {
    "experiment": "some",
    "settings": {"zdims": (2, 3), "steps": 20},
    "dataset": {"name": "mnist_5k"},
    "notes": [],
    "environment": {"jax": "1"},
}


def changed(section, **values):
    return {**CONFIG, section: {**CONFIG[section], **values}}


def open_once(path, config=CONFIG, overwrite=False):
    with workdir.opened(path, config, overwrite) as folder:
        return folder


def test_the_same_configuration_opens_again(tmp_path):
    path = tmp_path / "deep" / "run"
    open_once(path)
    written = (path / "config.json").read_bytes()
    assert not open_once(path).finished
    assert (path / "config.json").read_bytes() == written
    for name in belongings.RESULTS:
        assert not open_once(path).finished
        (path / name).touch()
    assert open_once(path).finished
    (path / "results.csv").unlink()
    assert not open_once(path).finished


@pytest.mark.parametrize(
    ("config", "difference"),
    [
        (changed("settings", steps=30), "steps was 20 and is 30"),
        (changed("settings", zdims=(2,)), r"zdims was \[2, 3\] and is \[2\]"),
        (changed("settings", new=1), "new was None and is 1"),
        (changed("dataset", name="mnist"), "name was 'mnist_5k' and is 'mnist'"),
        ({**CONFIG, "experiment": "other"}, "experiment was 'some' and is 'other'"),
    ],
)
def test_another_configuration_is_refused_with_the_difference(
    tmp_path, config, difference
):
    open_once(tmp_path)
    with pytest.raises(UserError, match=difference) as refusal:
        open_once(tmp_path, config)
    assert "overwrite" in str(refusal.value)
    assert "--" not in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert json.loads((tmp_path / "config.json").read_text())["experiment"] == "some"
    open_once(tmp_path, config, overwrite=True)
    open_once(tmp_path, config)


def test_another_environment_is_only_mentioned(tmp_path, caplog):
    open_once(tmp_path)
    with caplog.at_level("WARNING", "aejax"):
        open_once(tmp_path, changed("environment", jax="2"))
    assert "jax was '1' and is '2'" in caplog.text


DAMAGED = ["", '{"settings": ', "[]", "null", "{}", "\0"]


@pytest.mark.parametrize("content", DAMAGED)
@pytest.mark.parametrize("name", ["config.json", belongings.MARK])
def test_one_damaged_file_does_not_lose_a_run(tmp_path, name, content):
    open_once(tmp_path)
    whole = (tmp_path / "config.json").read_bytes()
    (tmp_path / "checkpoints" / "group_0").mkdir(parents=True)
    (tmp_path / name).write_text(content)
    with pytest.raises(UserError, match="steps was 20 and is 30"):
        open_once(tmp_path, changed("settings", steps=30))
    open_once(tmp_path)
    assert (tmp_path / "config.json").read_bytes() == whole
    assert (tmp_path / "checkpoints" / "group_0").exists()


def test_prose_is_no_part_of_an_identity(tmp_path):
    """Nor is the way to the data; their content is, and what changes numbers."""
    config = {
        **CONFIG,
        "data": {"train images": {"crc32": 1}},
        "numerics": {"x64": False},
        "models": {"judge": "abc"},
        "settings": {**CONFIG["settings"], "judge": "here"},
    }
    open_once(tmp_path, config)
    prose = {"name": "digits", "description": "new words", "citation": "me, 2030"}
    elsewhere = {**config["settings"], "judge": "../moved"}
    open_once(tmp_path, {**config, "dataset": prose, "settings": elsewhere})
    different = {
        "images or labels": {"data": {"train images": {"crc32": 2}}},
        "x64": {"numerics": {"x64": True}},
        "judge": {"models": {"judge": "def"}},
    }
    for what, change in different.items():
        with pytest.raises(UserError, match=what):
            open_once(tmp_path, {**config, **change})


@pytest.mark.parametrize("content", ["", "[[0, 1", "null", "\0"])
def test_damaged_memory_is_made_anew(tmp_path, content):
    (tmp_path / "plan.json").write_text(content)
    assert workdir.remembered(tmp_path / "plan.json", lambda: [[0]]) == [[0]]
    assert workdir.remembered(tmp_path / "plan.json", list) == [[0]]


@pytest.mark.parametrize("has_folder", [True, False])
def test_what_is_remembered_is_made_once(tmp_path, has_folder):
    path = tmp_path / "deep" / "plan.json" if has_folder else None
    assert workdir.remembered(path, lambda: [(0, 2), (1,)]) == [[0, 2], [1]]
    if has_folder:
        assert workdir.remembered(path, lambda: 1 / 0) == [[0, 2], [1]]


def test_a_folder_in_use_is_refused_even_for_overwriting(tmp_path):
    for overwrite in (False, True):
        with (
            workdir.opened(tmp_path, CONFIG, False),
            pytest.raises(UserError, match="another process"),
        ):
            open_once(tmp_path, CONFIG, overwrite)
        assert (tmp_path / "config.json").exists()


def test_another_process_holds_the_lock(tmp_path):
    program = (
        "import fcntl, sys; lock = open(sys.argv[1], 'w'); "
        "fcntl.flock(lock, fcntl.LOCK_EX); print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, tmp_path / ".lock"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout.readline() == b"\n"
        with pytest.raises(UserError, match="another process"):
            open_once(tmp_path)
        other.stdin.close()
        other.wait()
    open_once(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(UserError, match="file"):
            open_once(path)
        assert workdir.configuration(path) is None
