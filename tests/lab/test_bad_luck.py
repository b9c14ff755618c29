"""What happens to folders, disks and processes: the same command goes on."""

import contextlib
import csv
import logging
import os
import shutil
import signal

import pytest

from aejax.lab.run import belongings, checkpoint, records

pytestmark = pytest.mark.usefixtures("compile_once")


def rows(folder):
    with (folder / "results.csv").open(newline="", encoding="utf-8") as file:
        return [
            {k: v for k, v in row.items() if not k.endswith("seconds")}
            for row in csv.DictReader(file)
        ]


@contextlib.contextmanager
def after(write, act, attribute=(records.Recorder, "write")):
    """Acts after the n-th call of a function of a run."""
    owner, name = attribute
    own, calls = getattr(owner, name), []

    def acting(*arguments, **named):
        found = own(*arguments, **named)
        calls.append(name)
        if len(calls) == write:
            act()
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, acting)
        yield


@pytest.fixture(scope="module")
def whole(study, tmp_path_factory):
    """A finished run, in a folder with spaces and letters of all kinds."""
    folder = tmp_path_factory.mktemp("whole") / "eine Übung, 数字"
    study.run(workdir=str(folder), checkpoint_seconds=0)
    return folder


@pytest.fixture
def stopped(study, command, tmp_path):
    """A run that was stopped after its second of three chunks."""
    folder = tmp_path / "run"
    with after(2, lambda: os.kill(os.getpid(), signal.SIGHUP)):
        code, printed, told = command(
            f"--workdir={folder}", "--checkpoint_seconds=0", "--overwrite"
        )
    assert code == 128 + signal.SIGHUP
    assert printed == ""
    assert told.endswith("same command continues from there\n")
    return folder


def resume(command, folder, *flags):
    """Runs to the end; what it logged."""
    code, printed, told = command(f"--workdir={folder}", *flags)
    assert (code, told) == (0, "")
    assert printed.endswith(f"report: {folder}/report.html\n")


def test_the_same_command_with_overwrite_continues(command, stopped, whole, caplog):
    with caplog.at_level(logging.INFO, "aejax"):
        resume(command, stopped, "--checkpoint_seconds=0", "--overwrite")
    assert "from step 4 to 6" in caplog.text
    assert rows(stopped) == rows(whole)


def lose_log(folder):
    (folder / "metrics.jsonl").unlink()


def shorten_log(folder):
    (folder / "metrics.jsonl").write_text('{"step": 2, "mem')


def lose_newest(folder):
    shutil.rmtree(folder / "checkpoints" / "group_0" / "4")


def lose_a_file(folder):
    (folder / "checkpoints" / "group_0" / "4" / "host" / "metadata").unlink()


def lose_all_steps(folder):
    shutil.rmtree(folder / "checkpoints" / "group_0")


def damage_plan(folder):
    (folder / "checkpoints" / "plan.json").write_text("[[0")


def damage_fingerprint(folder):
    (folder / "checkpoints" / "run.json").write_text("")


def damage_configuration(folder):
    (folder / "config.json").write_text('{"experi')


def lose_both_configurations(folder):
    (folder / "config.json").unlink()
    (folder / belongings.MARK).unlink()


def lose_boards(folder):
    shutil.rmtree(folder / "tensorboard")


LONGER = pytest.mark.slow


@pytest.mark.parametrize(
    "harm",
    [
        shorten_log,
        pytest.param(lose_newest, marks=LONGER),
        pytest.param(damage_plan, marks=LONGER),
        pytest.param(lose_log, marks=LONGER),
        pytest.param(lose_a_file, marks=LONGER),
        pytest.param(lose_all_steps, marks=LONGER),
        pytest.param(damage_fingerprint, marks=LONGER),
        pytest.param(damage_configuration, marks=LONGER),
        pytest.param(lose_both_configurations, marks=LONGER),
        pytest.param(lose_boards, marks=LONGER),
    ],
)
def test_what_is_lost_is_made_again(command, stopped, whole, harm):
    harm(stopped)
    moved = stopped.rename(stopped.with_name("moved to another place"))
    resume(command, moved)
    assert rows(moved) == rows(whole)
    log, expected = (f / "metrics.jsonl" for f in (moved, whole))
    assert log.read_bytes() == expected.read_bytes()


@pytest.mark.parametrize("harm", [damage_fingerprint, lose_both_configurations])
def test_checkpoints_know_their_run(refused, stopped, harm):
    """Even where nothing else does."""
    harm(stopped)
    (stopped / "config.json").unlink(missing_ok=True)
    (stopped / belongings.MARK).write_text("{}")
    complaint = refused(f"--workdir={stopped}", "--learning_rate=0.001")
    assert "another training" in complaint
    assert (stopped / "checkpoints" / "group_0" / "4").exists()


@pytest.mark.parametrize("name", ["results.csv", "report.html", "figures/measures.png"])
def test_a_lost_result_is_made_again_without_training(
    command, whole, name, tmp_path, caplog
):
    copied = shutil.copytree(whole, tmp_path / "copy")
    before = (copied / name).read_bytes()
    (copied / name).unlink()
    with caplog.at_level(logging.INFO, "aejax"):
        resume(command, copied)
    assert "training" not in caplog.text
    assert len((copied / name).read_bytes()) == pytest.approx(len(before), rel=0.1)


def test_a_copied_run_says_where_its_report_is_now(command, whole, tmp_path):
    copied = shutil.copytree(whole, tmp_path / "copy")
    code, printed, _ = command(f"--workdir={copied}")
    assert code == 0
    assert str(whole) not in printed
    assert printed.endswith(f"report: {copied}/report.html\n")
    for file in copied.rglob("*"):
        if file.is_file():
            assert str(whole).encode() not in file.read_bytes(), file


@pytest.mark.parametrize(
    "write", [pytest.param(1, marks=LONGER), 2, pytest.param(3, marks=LONGER)]
)
def test_a_full_disk_is_one_line_and_room_is_enough(
    command, refused, whole, tmp_path, file_limit, write
):
    """Whenever it fills: then neither records nor checkpoints can be written."""
    folder = tmp_path / "run"
    with contextlib.ExitStack() as stack:
        full = after(write, lambda: stack.enter_context(file_limit(1)))
        with full:
            complaint = refused(f"--workdir={folder}", "--checkpoint_seconds=0")
    assert str(folder) in complaint
    assert "same command continues" in complaint
    resume(command, folder)
    assert rows(folder) == rows(whole)


@pytest.mark.parametrize("name", ["metrics.jsonl", "checkpoints", "models", "figures"])
def test_a_file_where_a_folder_belongs_is_one_line(refused, command, tmp_path, name):
    """As where a part of the workdir cannot be written."""
    folder = tmp_path / "run"

    def spoil():
        target = folder / name
        if target.is_dir():
            shutil.rmtree(target)
            target.touch()
        elif name == "metrics.jsonl":
            target.unlink()
            target.mkdir()
        else:
            target.touch()

    with after(1, spoil):
        complaint = refused(f"--workdir={folder}", "--checkpoint_seconds=0")
    assert str(folder) in complaint


@pytest.mark.slow
def test_a_sweep_needs_few_descriptors(study, tmp_path):
    """Of files that are open at a time there are as many as without TensorBoard."""
    resource = pytest.importorskip("resource")
    open_now = len(os.listdir("/dev/fd"))
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (open_now + 40, before[1]))
    try:
        results = study.run(workdir=str(tmp_path / "run"), seeds=60, steps=2)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert results.seeds == 60
    assert len(list((tmp_path / "run" / "tensorboard").iterdir())) == 120


def test_tensorboard_reads_what_is_written(whole):
    """Records of length, checksum, content, checksum; purged where a run resumed."""
    event_pb2 = pytest.importorskip("tensorboardX.proto.event_pb2")
    file = next((whole / "tensorboard" / "zdim=2,seed=0").iterdir())
    content, events = file.read_bytes(), []
    while content:
        size = int.from_bytes(content[:8], "little")
        events.append(event_pb2.Event.FromString(content[12 : 12 + size]))
        content = content[16 + size :]
    assert events[0].file_version == "brain.Event:2"
    assert events[1].session_log.status == event_pb2.SessionLog.START
    known = records.read(whole / "metrics.jsonl")
    own = [r for r in known if r["member"] == "zdim=2,seed=0"]
    assert [e.step for e in events[2:]] == [r["step"] for r in own]
    for event, record in zip(events[2:], own, strict=True):
        values = {v.tag: v.simple_value for v in event.summary.value}
        assert values["loss"] == pytest.approx(record["loss"])


def test_a_checkpoint_that_fails_in_the_background_ends_the_run(
    study, refused, tmp_path
):
    """At the next chunk, not at the next checkpoint."""

    def fail(*_):
        raise OSError(28, os.strerror(28))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoint.sealing, "room", fail)
        complaint = refused(f"--workdir={tmp_path / 'run'}")
    assert os.strerror(28) in complaint
