"""Getting data: the default, races, deaths, directories."""

import subprocess
import sys
import textwrap

import pytest

from aejax import data
from aejax.data.tfds import bundled, official, places
from aejax.data.tfds.prepare import write
from aejax.errors import UserError

WAYS = (
    r"network.*data directory.*TFDS_DATA_DIR.*original files.*prepare\(\"mnist\", "
    r"source=FOLDER\).*bundled set.*mnist_5k"
)


@pytest.fixture
def offline(monkeypatch):
    """The hosts of MNIST refuse connections."""
    monkeypatch.setattr(official.MNIST, "URL", "http://127.0.0.1:9/")


def test_an_explicit_set_is_never_replaced(offline, tmp_path):
    for get in (data.resolve, data.describe, lambda *a: data.load(a[0], "train", a[1])):
        with pytest.raises(UserError, match=f"127.0.0.1:9 cannot be reached.*{WAYS}"):
            get("mnist", tmp_path)
    assert not any(tmp_path.iterdir())


def test_the_default_falls_back_to_bundled_digits_and_says_so(offline, tmp_path):
    name, note = data.resolve(None, tmp_path)
    assert name == "mnist_5k"
    assert "mnist_5k" in note
    assert str(tmp_path) in note
    assert "Ask for mnist by name" in note


def test_the_default_is_mnist_where_it_is_prepared(offline, originals, tmp_path):
    data.prepare("mnist", tmp_path, source=originals.folder)
    assert data.resolve(None, tmp_path) == ("mnist", "")
    assert data.resolve("mnist", tmp_path) == ("mnist", "")


def test_unknown_names_are_answered_with_the_likely_one(tmp_path):
    with pytest.raises(UserError, match=r"mean fashion_mnist\?.*photo_patches"):
        data.resolve("Fashion-MNIST", tmp_path)
    with pytest.raises(UserError, match="bundled: it needs no original files"):
        data.prepare("mnist_5k", tmp_path, source=tmp_path)


def test_the_loser_of_a_race_uses_the_winners_work(tmp_path):
    class Slower(bundled.Mnist5k, skip_registration=True):
        name = "mnist_5k"

        def _split_generators(self, dl_manager):
            data.prepare("mnist_5k", tmp_path)
            return super()._split_generators(dl_manager)

    folder = write(Slower(data_dir=tmp_path))
    assert [path.name for path in folder.parent.iterdir()] == ["1.0.0"]
    assert len(data.load("mnist_5k", "test", tmp_path).labels) == 1_000


def test_a_death_half_way_leaves_nothing_that_looks_prepared(tmp_path):
    code = f"""
        import os
        from aejax import data
        from aejax.data.tfds import bundled
        whole = bundled.Mnist5k._generate_examples
        def dying(self, split, images, labels):
            if split == "test":
                os._exit(9)
            return whole(self, split, images, labels)
        bundled.Mnist5k._generate_examples = dying
        data.prepare("mnist_5k", {str(tmp_path)!r})
    """
    code = textwrap.dedent(code)
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert list(tmp_path.glob("mnist_5k/*"))
    assert not places.is_prepared(tmp_path / "mnist_5k" / "1.0.0")
    assert len(data.load("mnist_5k", "test", tmp_path).labels) == 1_000


def test_half_a_folder_is_named(tmp_path, originals):
    folder = tmp_path / "mnist" / "3.0.1"
    folder.mkdir(parents=True)
    with pytest.raises(UserError, match="holds no complete data set: remove"):
        data.prepare("mnist", tmp_path, source=originals.folder)


def test_the_environment_names_the_directory(tmp_path, monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "mine"))
    assert tmp_path / "mine" in data.prepare("mnist_5k").parents
    assert tmp_path / "other" in data.prepare("mnist_5k", tmp_path / "other").parents


def test_bundled_sets_need_no_writable_directory(tmp_path):
    (tmp_path / "file").touch()
    nowhere = tmp_path / "file" / "tfds"
    images, _ = data.load("mnist_5k", "test", nowhere)
    assert len(images) == 1_000
    assert data.prepare("mnist_5k", nowhere) == data.prepare("mnist_5k", nowhere)


def test_other_sets_say_that_the_directory_is_not_writable(originals, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be written"):
        data.prepare("mnist", tmp_path / "file" / "tfds", source=originals.folder)
