"""A run owns what carries its mark: the rest of a folder is never touched."""

import json
import logging

import pytest

from aejax.errors import UserError
from aejax.lab.run import belongings, workdir
from aejax.lab.run.belongings import MARK

CONFIG = {
    "experiment": "some",
    "settings": {"steps": 20},
    "dataset": {"name": "mnist_5k"},
    "notes": [],
    "environment": {},
}
OTHER = {**CONFIG, "settings": {"steps": 30}}


def start(path, config=CONFIG, overwrite=False):
    with workdir.opened(path, config, overwrite) as folder:
        return folder


def write(path, *names):
    for name in names:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(f"of {name}")


def held(path):
    return {p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file()}


RUN = (
    *("metrics.jsonl", "results.csv", "summary.txt", "report.html"),
    *("checkpoints/group_0/20/state/d", "checkpoints/a_run.json"),
    *("checkpoints/plan.json", "cache/some.json", "figures/measures.png"),
    *("models/d=2,seed=0/model.json", "models/d=2,seed=0/params/d"),
    "tensorboard/d=2,seed=0/events.out.tfevents.0000000001",
)


@pytest.fixture
def run(tmp_path):
    """A folder in which a run was."""
    path = tmp_path / "run"
    start(path)
    write(path, *RUN)
    (path / belongings.FIGURES).write_text('["figures/measures.png"]')
    return path


@pytest.mark.parametrize(
    "name",
    [
        *("models/mine", "figures/a.png", "checkpoints/last.ckpt", "results.csv"),
        *("config.json", "metrics.jsonl", "cache/x", "tensorboard/a/events.out"),
    ],
)
@pytest.mark.parametrize("overwrite", [False, True])
def test_no_run_takes_the_place_of_others_things(tmp_path, name, overwrite):
    write(tmp_path, name)
    before = held(tmp_path)
    for config in ({"model_type": "vit"}, [1], None):
        if name == "config.json":
            (tmp_path / name).write_text(json.dumps(config))
        with pytest.raises(UserError, match=name.partition("/")[0]) as refusal:
            start(tmp_path, overwrite=overwrite)
        assert "\n" not in str(refusal.value)
        assert held(tmp_path) == before


def test_a_run_begins_beside_other_things_only_when_told(tmp_path):
    write(tmp_path, "notes.md", "photos/a.png")
    with pytest.raises(UserError, match=r"not empty.*notes\.md"):
        start(tmp_path)
    assert held(tmp_path) == {"notes.md", "photos/a.png"}
    start(tmp_path, overwrite=True)
    start(tmp_path)
    start(tmp_path, OTHER, overwrite=True)
    assert {"notes.md", "photos/a.png"} < held(tmp_path)


def test_what_is_hidden_is_not_in_the_way(tmp_path):
    write(tmp_path, ".DS_Store", "lost+found/a")
    start(tmp_path)


def test_overwriting_deletes_a_run_and_nothing_else(run):
    mine = {
        *("notes.md", "models/mine/weights", "figures/poster.png"),
        *("models/d=2,seed=0/notes.txt", "checkpoints/last.ckpt"),
    }
    write(run, *mine)
    start(run, OTHER, overwrite=True)
    assert held(run) == {".lock", MARK, "config.json", *mine}
    assert not (run / "tensorboard").exists()


def test_links_are_deleted_and_not_what_they_lead_to(run, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    write(elsewhere, "group_0/20/state", "d/params/x")
    for name in ("scratch", "cache"):
        (run / name).exists()
    (run / "models").rename(tmp_path / "before")
    (run / "models").symlink_to(elsewhere)
    (run / "tensorboard").rename(tmp_path / "boards")
    (run / "tensorboard").symlink_to(tmp_path / "gone")
    start(run, OTHER, overwrite=True)
    assert held(elsewhere) == {"group_0/20/state", "d/params/x"}
    assert not (run / "models").is_symlink()


def test_a_run_that_began_by_overwriting_continues(run, caplog):
    """The same command, given again after a signal: nothing that it saved is lost."""
    assert workdir.continued(run, True) is None
    start(run, OTHER, overwrite=True)
    assert workdir.continued(run, True) == workdir.continued(run, False) == OTHER
    write(run, "checkpoints/group_0/10/state")
    with caplog.at_level(logging.INFO, "aejax"):
        start(run, OTHER, overwrite=True)
    assert "continuing" in caplog.text
    assert (run / "checkpoints/group_0/10/state").exists()
    start(run, CONFIG, overwrite=True)
    assert not (run / "checkpoints/group_0").exists()


def test_a_finished_run_is_overwritten_and_so_is_one_that_did_not_overwrite(run):
    start(run, CONFIG, overwrite=True)
    assert held(run) == {".lock", MARK, "config.json"}
    write(run, *belongings.RESULTS)
    start(run, CONFIG, overwrite=True)
    assert held(run) == {".lock", MARK, "config.json"}


def deletions(run):
    """How many single deletions overwriting takes."""
    return len([p for p in run.rglob("*") if p.is_file()]) + 5


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("count", range(0, 12, 2))
def test_a_run_that_is_half_deleted_is_never_adopted(
    run, count, overwrite, monkeypatch
):
    """Whichever command comes next, with the same flags or others."""
    whole, done = belongings._delete, []

    def until(targets):
        if len(done) >= count:
            raise KeyboardInterrupt
        done.append(targets)
        whole(targets)

    monkeypatch.setattr(belongings, "_delete", until)
    with pytest.raises(KeyboardInterrupt):
        start(run, OTHER, overwrite=True)
    monkeypatch.undo()
    if count >= 2:
        assert not (run / "checkpoints/group_0").exists()
    start(run, OTHER if count % 4 else CONFIG, overwrite)
    assert held(run) == {".lock", MARK, "config.json"}


def test_with_both_configurations_lost_what_was_trained_stays(run, caplog):
    (run / MARK).write_text("{")
    (run / "config.json").write_text("")
    with caplog.at_level(logging.WARNING, "aejax"):
        start(run)
    assert "lost its configuration" in caplog.text
    assert (run / "checkpoints/group_0/20/state/d").exists()
    assert not (run / "cache/some.json").exists()
    assert workdir.configuration(run)["experiment"] == "some"
