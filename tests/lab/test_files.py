import pytest

from aejax.errors import UserError
from aejax.lab.run.files import read_json, write_atomically, write_json


def test_makes_folders_and_replaces(tmp_path):
    path = tmp_path / "a" / "b.txt"
    assert write_atomically(path, b"one") == path
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert [entry.name for entry in path.parent.iterdir()] == ["b.txt"]


def test_what_cannot_be_replaced_leaves_nothing_behind(tmp_path):
    folder = tmp_path / "taken"
    folder.mkdir()
    with pytest.raises(OSError):
        write_atomically(folder, b"text")
    assert [entry.name for entry in tmp_path.iterdir()] == ["taken"]


def test_json_is_read_back_and_damage_is_the_users_to_mend(tmp_path):
    path = tmp_path / "deep" / "a.json"
    with pytest.raises(FileNotFoundError):
        read_json(path)
    write_json(path, {"a": [1, None, "ü"]})
    assert read_json(path) == {"a": [1, None, "ü"]}
    path.write_text('{"a": ')
    with pytest.raises(UserError, match=r"a\.json is damaged"):
        read_json(path)
