"""metrics.jsonl of a run that was killed and resumed."""

import json

import numpy as np
import pytest

from aejax.lab.run import records
from aejax.train import FINE

MEMBERS = ("a", "b")
ALL_FINE = np.array([FINE, FINE])


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "metrics.jsonl"
    lines = [
        {"step": step, "member": name, "loss": 1 / (3 * step)}
        for step in (5, 10, 15)
        for name in MEMBERS
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_no_file_has_no_records(tmp_path):
    assert records.read(tmp_path / "metrics.jsonl") == []


def resumed(file, members, step, before=None):
    """The file after a process has begun at a step."""
    history = records.Records(file.parent)
    with history.recorder(members, step, 15, before) as recorder:
        assert history.read() == recorder.own
    return records.read(file)


def test_later_records_of_these_members_are_dropped(file):
    before = records.read(file)
    expected = [r for r in before if r["member"] == "b" or r["step"] <= 5]
    assert sorted(map(str, resumed(file, ["a"], 5))) == sorted(map(str, expected))
    assert len(expected) == 4


def test_keeping_all_changes_no_byte(file):
    before = file.read_bytes()
    resumed(file, MEMBERS, 15)
    assert file.read_bytes() == before


@pytest.mark.parametrize("lost", ["all", "file", "some", "others"])
def test_what_a_checkpoint_carries_is_written_again(file, lost):
    """A network drive may lose what was appended, and others may write there."""
    known = records.read(file)
    content = {
        "all": b"",
        "some": file.read_bytes()[:100],
        "others": b'{"time": 1}\n[2]\nnull\n\xff\xfe\n',
    }
    file.write_bytes(content.get(lost, b""))
    if lost == "file":
        file.unlink()
    carried = records.unpack(records.pack(known))
    assert carried == known
    assert resumed(file, MEMBERS, 15, carried) == known


def test_a_file_cut_anywhere_keeps_its_whole_lines(file):
    content = file.read_bytes()
    everything = records.read(file)
    for end in range(len(content)):
        file.write_bytes(content[:end])
        found = records.read(file)
        assert found == everything[: len(found)]
        assert len(found) >= content[:end].count(b"\n")
        assert resumed(file, MEMBERS, 15) == found
        assert file.read_bytes().count(b"\n") == len(found)


def test_a_resumed_recorder_writes_what_an_unbroken_one_does(tmp_path):
    def metrics(step):
        return {"loss": np.float32([1 / step, 2 / step])}

    def record(folder, first, steps):
        with records.Records(folder).recorder(MEMBERS, first, 15) as recorder:
            for step in steps:
                recorder.write(step, metrics(step), ALL_FINE)

    for name in ("whole", "broken"):
        (tmp_path / name).mkdir()
    record(tmp_path / "whole", 0, (5, 10, 15))
    record(tmp_path / "broken", 0, (5, 10))
    with (tmp_path / "broken" / "metrics.jsonl").open("a") as lines:
        lines.write('{"step": 15, "mem')
    record(tmp_path / "broken", 5, (10, 15))
    whole, broken = (
        (tmp_path / name / "metrics.jsonl").read_bytes() for name in ("whole", "broken")
    )
    assert whole == broken
    found = records.read(tmp_path / "whole" / "metrics.jsonl")
    assert found[3] == {"step": 10, "member": "b", "loss": float(np.float32(0.2))}


def test_arrays_are_lists_in_the_records(tmp_path):
    counts = np.arange(8).reshape(2, 2, 2)
    metrics = {"loss": np.float32([1, 2]), "counts": counts}
    with records.Records(tmp_path).recorder(MEMBERS, 0, 5) as recorder:
        recorder.write(5, metrics, ALL_FINE)
    found = records.read(tmp_path / "metrics.jsonl")
    assert found[1] == {
        "step": 5,
        "member": "b",
        "loss": 2.0,
        "counts": [[4, 5], [6, 7]],
    }
    _, values = records.curves(found, MEMBERS, "counts")
    np.testing.assert_array_equal(values, counts[:, None])


def test_a_member_that_diverged_gets_no_more_records(tmp_path):
    metrics = {"loss": np.float32([1, 2])}
    for folder in (None, tmp_path):
        history = records.Records(folder)
        with history.recorder(MEMBERS, 0, 9) as recorder:
            assert set(recorder.write(3, metrics, ALL_FINE)) == {"a", "b"}
            assert recorder.write(6, metrics, np.array([4, FINE])) == {"b": {"loss": 2}}
        found = history.read()
        places = [(r["step"], r["member"]) for r in found]
        assert places == [(3, "a"), (3, "b"), (6, "b")]
        steps, values = records.curves(found, MEMBERS, "loss")
        assert steps.tolist() == [3, 6]
        np.testing.assert_array_equal(values, [[1, np.nan], [2, 2]])


def test_memory_and_folder_hold_the_same_records(tmp_path):
    found = []
    for folder in (None, tmp_path):
        history = records.Records(folder)
        with history.recorder(MEMBERS, 0, 9) as recorder:
            recorder.write(9, {"loss": np.float32([0.1, 1 / 3])}, ALL_FINE)
        found.append(history.read())
    assert found[0] == found[1]
