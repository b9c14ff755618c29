"""Paths as users write them, wherever they are given."""

from pathlib import Path

import pytest

import aejax
from aejax import caches, paths
from aejax.data.tfds import places
from aejax.errors import UserError
from aejax.lab import flags
from aejax.lab.checked import OptionError
from aejax.lab.encoders import EncoderOptions
from aejax.lab.generators.draw import DrawOptions
from aejax.lab.generators.spaces import SpaceOptions
from aejax.lab.mixtures.separate import SeparateOptions
from aejax.lab.options import Options

URLS = ("gs://bucket/run", "s3://bucket/run", "https://host/run", "dbfs:/run")


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("url", URLS)
def test_a_url_is_refused_by_its_name(url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scheme = url.partition(":")[0]
    # A path loses a slash.
    for given in (url, Path(url)):
        for call in (paths.local, aejax.load, places.data_root):
            with pytest.raises(UserError, match=scheme):
                call(given)
    with pytest.raises(OptionError, match="workdir"):
        Options(workdir=url)
    assert not list(tmp_path.iterdir())


def test_what_is_no_url_is_a_path():
    assert paths.local("file:///data/run") == Path("/data/run")
    for text in ("run", "a:b", "C:/run", "zdim=8,seed=0", "/x/gs:y"):
        assert paths.local(text) == Path(text)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *((Options, name) for name in ("workdir", "data_dir", "cache_dir")),
        (EncoderOptions, "checkpoint"),
        *((SpaceOptions, name) for name in ("checkpoint", "judge")),
        *((SeparateOptions, name) for name in ("image", "out", "unmixer")),
        *((DrawOptions, name) for name in ("out", "generator")),
    ],
)
def test_home_is_expanded_in_every_option(home, kind, name):
    options = flags.parse(kind, ["study", f"--{name}=~/there"])
    assert getattr(options, name) == str(home / "there")


def test_home_is_expanded_in_code(home, digits):
    aejax.save("~/model", aejax.models.Autoencoder(2), {"a": digits[:1]})
    assert (home / "model" / "model.json").exists()
    assert aejax.load("~/model")[0] == aejax.models.Autoencoder(2)
    assert places.data_root("~/sets") == home / "sets"


def test_nobodys_home_is_named():
    with pytest.raises(UserError, match="~no_such_user"):
        paths.local("~no_such_user/run")


def test_a_file_whose_name_begins_so_is_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "~backup").touch()
    assert paths.local("~backup") == Path("~backup")


def test_a_drive_that_is_not_mounted_is_named(tmp_path):
    drive = tmp_path / "data disk"
    fstab = tmp_path / "fstab"
    fstab.write_text(f"# a comment\nUUID=1 {tmp_path}/data\\040disk ext4 noauto 0 2\n")
    for folder in (drive, drive / "run" / "1"):
        assert str(drive) in paths.unmounted(folder, fstab)
    assert paths.unmounted(tmp_path / "run", fstab) == ""
    assert paths.unmounted(tmp_path / "run", tmp_path / "none") == ""


@pytest.mark.parametrize(
    "path", ["/content/drive/MyDrive/run", "/mnt/no_such_disk/run", "/Volumes/x/run"]
)
def test_nothing_is_made_in_the_place_of_a_drive(path):
    with pytest.raises(OptionError, match="mount"):
        Options(workdir=path)
    with pytest.raises(UserError, match="mount"):
        aejax.save(path, aejax.models.Autoencoder(2), {})


def test_the_cache_can_be_named(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "shared"))
    assert caches.root() == tmp_path / "shared" / "aejax"
    monkeypatch.setenv(caches.NAME, str(tmp_path / "own"))
    assert caches.root() == tmp_path / "own"
    monkeypatch.setenv(caches.NAME, "gs://bucket")
    with pytest.raises(UserError, match="gs"):
        caches.root()


def test_without_a_home_there_is_a_cache_of_ones_own(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.delenv(caches.NAME, raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    found = caches.root()
    assert found is not None
    assert found.stat().st_mode & 0o077 == 0
