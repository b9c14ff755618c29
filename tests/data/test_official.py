"""Sets of TFDS, prepared from original files, as plain TFDS sees them."""

import io
import tarfile

import numpy as np
import pytest
import tensorflow_datasets as tfds
from tensorflow_datasets.image_classification import cifar, mnist

from aejax import data
from aejax.data.tfds import bundled, cifar_bin, official
from aejax.errors import UserError


def test_names_and_versions_are_those_of_tfds():
    for ours, theirs in (
        (official.MNIST, mnist.MNIST),
        (official.FashionMNIST, mnist.FashionMNIST),
        (official.Cifar10, cifar.Cifar10),
    ):
        assert ours.name == theirs.name
        assert ours.VERSION == theirs.VERSION


def test_every_address_has_a_checksum_in_tfds(tmp_path):
    for builder in (official.MNIST, official.FashionMNIST, official.Cifar10):
        known = tfds.core.download.checksums.get_all_url_infos()
        assert known.keys() >= set(builder(data_dir=tmp_path).urls().values())


def test_idx_files_come_back_through_plain_tfds(originals, tmp_path):
    data.prepare("mnist", tmp_path, source=originals.folder)
    for split, prefix in (("train", "train"), ("test", "t10k")):
        found = list(tfds.data_source("mnist", split=split, data_dir=tmp_path))
        wanted = (originals.images[prefix], originals.labels[prefix])
        assert pairs([e["image"] for e in found], [e["label"] for e in found]) == pairs(
            *wanted
        )


def test_load_agrees_with_plain_tfds_in_order(originals, tmp_path):
    data.prepare("mnist", tmp_path, source=originals.folder)
    found = list(tfds.data_source("mnist", split="train", data_dir=tmp_path))
    for _ in range(2):  # from the records, then from the cache
        images, labels = data.load("mnist", "train", tmp_path)
        np.testing.assert_array_equal(images, [e["image"] for e in found])
        np.testing.assert_array_equal(labels, [e["label"] for e in found])


def test_description_says_that_the_content_is_the_original(originals, tmp_path):
    data.prepare("mnist", tmp_path, source=originals.folder)
    facts = data.describe("mnist", tmp_path)
    assert facts["splits"] == {"train": 120, "test": 30}
    assert facts["image_shape"] == [28, 28, 1]
    assert facts["version"] == "3.0.1"
    assert facts["origin"] == "from own files, content is the original"
    assert "lecun" in facts["citation"].lower()


@pytest.mark.parametrize("kind", ["flipped bit", "cut short", "not gzip"])
def test_damaged_files_are_named_and_refused(originals, tmp_path, kind):
    path = originals.folder / "train-images-idx3-ubyte.gz"
    content = bytearray(path.read_bytes())
    if kind == "flipped bit":
        content[len(content) // 2] ^= 1
    path.write_bytes(
        {"cut short": content[:-100], "not gzip": b"<html>"}.get(kind, content)
    )
    with pytest.raises(UserError, match=r"train-images-idx3-ubyte\.gz.*damaged"):
        data.prepare("mnist", tmp_path, source=originals.folder)
    assert not (tmp_path / "mnist").exists()


def test_all_damaged_files_are_named(originals, tmp_path):
    for name in ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"):
        with (originals.folder / name).open("ab") as file:
            file.write(b"x")
    with pytest.raises(UserError, match=r"t10k-images.*t10k-labels"):
        data.prepare("mnist", tmp_path, source=originals.folder)


def test_missing_files_are_named(originals, tmp_path):
    (originals.folder / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(UserError, match="lacks t10k-labels-idx1-ubyte"):
        data.prepare("mnist", tmp_path, source=originals.folder)
    with pytest.raises(UserError, match="nowhere does not exist: no original files"):
        data.prepare("mnist", tmp_path, source=tmp_path / "nowhere")


@pytest.fixture
def batches(tmp_path, monkeypatch):
    """A CIFAR-10 folder of real patches, 100 in each file, labels balanced."""
    monkeypatch.setattr(official.Cifar10, "records", 100)
    folder = tmp_path / "own" / cifar_bin.FOLDER
    folder.mkdir(parents=True)
    images, _ = bundled.patches("test")
    planes = images[:600].transpose(0, 3, 1, 2).reshape(6, 100, 3072)
    labels = np.arange(100, dtype=np.uint8)[:, None] % 10
    for name, part in zip(cifar_bin.ALL_FILES, planes, strict=True):
        np.concatenate([labels, part], axis=1).tofile(folder / name)
    return folder, images[:600]


@pytest.mark.parametrize("packed", [False, True])
def test_cifar_comes_back_through_plain_tfds(batches, tmp_path, packed):
    folder, images = batches
    source = _pack(folder) if packed else folder.parent
    data.prepare("cifar10", tmp_path, source=source)
    found = list(tfds.data_source("cifar10", split="train", data_dir=tmp_path))
    ids = [int(e["id"].decode().removeprefix("train_")) for e in found]
    assert sorted(ids) == list(range(500))
    np.testing.assert_array_equal([e["image"] for e in found], images[ids])
    np.testing.assert_array_equal([e["label"] for e in found], np.array(ids) % 10)
    facts = data.describe("cifar10", tmp_path)
    assert (
        facts["origin"] == "from own files, content is not verified to be the original"
    )
    assert facts["class_names"][-1] == "truck"


def test_damaged_cifar_files_are_named(batches, tmp_path):
    folder, _ = batches
    for name, edit in (
        ("data_batch_2.bin", lambda c: c[:-1]),
        ("data_batch_3.bin", lambda c: b"\x0b" + c[1:]),
        ("test_batch.bin", lambda c: b"\x01" + c[1:]),
    ):
        sound = (folder / name).read_bytes()
        (folder / name).write_bytes(edit(sound))
        with pytest.raises(UserError, match=rf"own.*{name}.*damaged"):
            data.prepare("cifar10", tmp_path, source=folder)
        (folder / name).write_bytes(sound)


def test_a_changed_file_among_originals_is_damaged(batches, monkeypatch):
    files = cifar_bin.read(batches[0])
    digests = {name: cifar_bin.md5(content) for name, content in files.items()}
    monkeypatch.setattr(cifar_bin, "ORIGINAL_MD5", digests)
    assert cifar_bin.check(files, 100)
    files["test_batch.bin"] = files["test_batch.bin"][:-1] + b"\0"
    with pytest.raises(UserError, match=r"test_batch\.bin differ"):
        cifar_bin.check(files, 100)


def test_a_cut_archive_is_named(batches, tmp_path):
    archive = _pack(batches[0])
    archive.write_bytes(archive.read_bytes()[:-5000])
    with pytest.raises(UserError, match=r"cifar-10-binary\.tar\.gz is damaged"):
        data.prepare("cifar10", tmp_path, source=archive.parent)


def pairs(images, labels):
    """Images with labels as a multiset that can be compared."""
    return sorted(
        (np.asarray(x).tobytes(), int(y)) for x, y in zip(images, labels, strict=True)
    )


def _pack(folder):
    path = folder.parent / cifar_bin.ARCHIVE
    with tarfile.open(path, "w:gz") as archive:
        for file in sorted(folder.iterdir()):
            content = file.read_bytes()
            member = tarfile.TarInfo(f"{cifar_bin.FOLDER}/{file.name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
            file.unlink()
    folder.rmdir()
    return path
