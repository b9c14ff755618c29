"""A workdir belongs to one configuration and one process, and holds what is ours."""

import json
import subprocess
import sys

import pytest

from aejax.errors import UserError
from aejax.lab import workdir

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
    (path / "summary.txt").touch()
    assert open_once(path).finished


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


def test_overwriting_deletes_what_is_ours_and_nothing_else(tmp_path):
    path, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    open_once(path)
    for name in ("checkpoints", "figures", "mine"):
        (path / name).mkdir()
        (path / name / "file").touch()
    for name in ("summary.txt", "results.csv", "notes.md"):
        (path / name).touch()
    elsewhere.mkdir()
    (elsewhere / "file").touch()
    (path / "models").symlink_to(elsewhere)
    (path / "tensorboard").symlink_to(tmp_path / "gone")
    open_once(path, overwrite=True)
    assert {p.name for p in path.iterdir()} == {
        ".lock",
        "config.json",
        "mine",
        "notes.md",
    }
    assert (path / "mine" / "file").exists()
    assert (elsewhere / "file").exists()


@pytest.mark.parametrize("content", ["", '{"settings": ', "[]", "null", "{}", "\0"])
def test_a_damaged_configuration_is_the_users_to_mend(tmp_path, content):
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(UserError, match=r"config\.json is damaged.*overwrite"):
        open_once(tmp_path)
    open_once(tmp_path, overwrite=True)
    assert workdir.configuration(tmp_path)["experiment"] == "some"


def test_damaged_memory_is_the_users_to_mend(tmp_path):
    (tmp_path / "plan.json").write_text("[[0, 1")
    with pytest.raises(UserError, match=r"plan\.json is damaged.*overwrite"):
        workdir.remembered(tmp_path / "plan.json", list)


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
        with pytest.raises(UserError, match=r"cannot write to .*choose another"):
            open_once(path)
        assert workdir.configuration(path) is None
