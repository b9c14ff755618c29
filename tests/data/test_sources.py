"""Further sets of TFDS, further forms of original files, and what is damaged."""

import gzip
import json
import pickle
import struct
import tarfile
import zipfile

import numpy as np
import pytest
import scipy.io
import tensorflow_datasets as tfds
from PIL import Image

from aejax import data
from aejax.data import Form
from aejax.data.tfds import bundled, cifar_bin, cifar_py, idx, official, places
from aejax.errors import UserError


def idx_bytes(array):
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


def sorted_bytes(images):
    return sorted(np.asarray(image).tobytes() for image in images)


@pytest.fixture
def files(digits, tmp_path):
    """`(stems) -> folder` with idx files of 40 training and 20 test digits."""

    def write(stems, folder="own"):
        place = tmp_path / folder
        place.mkdir()
        images, labels = digits
        parts = (images[:40], labels[:40], images[40:60], labels[40:60])
        for stem, part in zip(stems, parts, strict=True):
            (place / f"{stem}.gz").write_bytes(gzip.compress(idx_bytes(part)))
        return place

    return write


def test_kmnist_from_idx_files(files, digits, tmp_path):
    folder = files(idx.ALL_STEMS)
    data.prepare("kmnist", tmp_path, source=folder)
    found = data.load("kmnist", "train", tmp_path)
    assert sorted_bytes(found.images) == sorted_bytes(digits[0][:40])
    facts = data.describe("kmnist", tmp_path)
    assert facts["class_names"][2] == "su"
    assert "not verified" in facts["origin"]
    plain = tfds.data_source("kmnist", split="test", data_dir=tmp_path)
    assert len(plain) == 20
    (folder / f"{idx.ALL_STEMS[0]}.gz").write_bytes(gzip.compress(b"\0\0\x08\x03"))
    with pytest.raises(UserError, match="train-images"):
        data.prepare("kmnist", tmp_path, source=folder, again=True)
    assert len(data.load("kmnist", "test", tmp_path).images) == 20


@pytest.mark.parametrize("packed", [False, True])
def test_emnist_from_idx_files_or_its_archive(files, tmp_path, packed):
    kinds = ("images-idx3-ubyte", "labels-idx1-ubyte")
    stems = [f"emnist-letters-{s}-{k}" for s in ("train", "test") for k in kinds]
    folder = files(stems)
    if packed:
        with zipfile.ZipFile(tmp_path / "gzip.zip", "w") as archive:
            for file in folder.iterdir():
                archive.write(file, f"gzip/{file.name}")
        folder = tmp_path / "gzip.zip"
    found = data.prepare("emnist/letters", tmp_path / "tfds", source=folder)
    assert found.parts[-3:] == ("emnist", "letters", "3.1.0")
    assert len(data.load("emnist/letters", "test", tmp_path / "tfds").images) == 20
    assert len(data.describe("emnist/letters", tmp_path / "tfds")["class_names"]) == 37


def test_svhn_from_files_of_matlab(tmp_path):
    images = bundled.patches("test")[0][:30]
    labels = 1 + np.arange(30) % 10
    for split, rows in (("train", slice(20)), ("test", slice(20, 30))):
        content = {"X": np.moveaxis(images[rows], 0, -1), "y": labels[rows, None]}
        scipy.io.savemat(tmp_path / f"{split}_32x32.mat", content)
    data.prepare("svhn_cropped", tmp_path, source=tmp_path)
    found = data.load("svhn_cropped", "train", tmp_path)
    known = {i.tobytes(): y % 10 for i, y in zip(images, labels, strict=True)}
    assert [known[i.tobytes()] for i in found.images] == found.labels.tolist()
    plain = tfds.data_source("svhn_cropped", split="test", data_dir=tmp_path)
    assert len(plain) == 10
    (tmp_path / "test_32x32.mat").write_bytes(b"no matrix")
    with pytest.raises(UserError, match=r"test_32x32\.mat is damaged"):
        data.prepare("svhn_cropped", tmp_path / "new", source=tmp_path)


def test_mnist_from_the_file_of_keras(originals, tmp_path):
    arrays = {
        "x_train": originals.images["train"], "y_train": originals.labels["train"],
        "x_test": originals.images["t10k"], "y_test": originals.labels["t10k"],
    }  # fmt: skip
    np.savez(tmp_path / "mnist.npz", **arrays)
    data.prepare("mnist", tmp_path / "a", source=tmp_path / "mnist.npz")
    assert "is the original" in data.describe("mnist", tmp_path / "a")["origin"]
    found = data.load("mnist", "test", tmp_path / "a")
    assert sorted_bytes(found.images) == sorted_bytes(arrays["x_test"])
    np.savez(tmp_path / "mnist.npz", **{**arrays, "y_test": arrays["y_test"] * 0})
    with pytest.raises(UserError, match=r"mnist\.npz.*t10k-labels"):
        data.prepare("mnist", tmp_path / "b", source=tmp_path)
    (tmp_path / "mnist.npz").write_bytes(b"PK")
    with pytest.raises(UserError, match=r"mnist\.npz is damaged"):
        data.prepare("mnist", tmp_path / "b", source=tmp_path)


class TestPython:
    """CIFAR-10's version for Python."""

    @pytest.fixture
    def folder(self, tmp_path, monkeypatch):
        monkeypatch.setattr(official.Cifar10, "records", 20)
        folder = tmp_path / "own" / cifar_py.FOLDER
        folder.mkdir(parents=True)
        images, _ = bundled.patches("test")
        rows = images[:120].transpose(0, 3, 1, 2).reshape(6, 20, 3072)
        for name, part in zip(cifar_py.NAMES, rows, strict=True):
            content = {b"data": part, b"labels": [i % 10 for i in range(20)]}
            (folder / name).write_bytes(pickle.dumps(content, protocol=2))
        return folder

    @pytest.mark.parametrize("packed", [False, True])
    def test_it_gives_the_images_of_the_binary_version(self, folder, tmp_path, packed):
        source = folder.parent
        if packed:
            source = tmp_path / cifar_py.ARCHIVE
            with tarfile.open(source, "w:gz") as archive:
                archive.add(folder, cifar_py.FOLDER)
        data.prepare("cifar10", tmp_path, source=source)
        found = data.load("cifar10", "train", tmp_path)
        wanted = bundled.patches("test")[0][:100]
        assert sorted_bytes(found.images) == sorted_bytes(wanted)
        assert set(cifar_py.from_folder(folder)) == set(cifar_bin.ALL_FILES)

    def test_damaged_files_are_named_and_nothing_is_called(self, folder, tmp_path):
        class Evil:
            def __reduce__(self):
                return (tmp_path / "called").write_text, ("yes",)

        for content in (b"", b"junk", pickle.dumps(Evil()), pickle.dumps({"data": 1})):
            (folder / "data_batch_2").write_bytes(content)
            with pytest.raises(UserError, match="data_batch_2 is damaged"):
                data.prepare("cifar10", tmp_path, source=folder)
        assert not (tmp_path / "called").exists()


def prepared_by_tfds(root, shape=(None, None, 3), splits=("train",), config=None):
    """A small set of photographs, as TFDS would have written it elsewhere."""
    images = bundled.patches("test")[0]

    class Pets(tfds.core.GeneratorBasedBuilder, skip_registration=True):
        name = "pets"
        VERSION = tfds.core.Version("1.2.0")
        BUILDER_CONFIGS = [tfds.core.BuilderConfig(name=config)] if config else []

        def _info(self):
            features = {
                "photo": tfds.features.Image(shape=shape),
                "kind": tfds.features.ClassLabel(names=["cat", "dog", "none"]),
            }
            return tfds.core.DatasetInfo(
                builder=self, features=tfds.features.FeaturesDict(features)
            )

        def _split_generators(self, dl_manager):
            return {s: self._generate_examples(i) for i, s in enumerate(splits)}

        def _generate_examples(self, place):
            for i in range(40):
                image = Image.fromarray(images[40 * place + i])
                if None in shape:
                    image = image.resize((30 + i, 32))
                yield i, {"photo": image, "kind": i % 2}

    how = {"config": config} if config else {}
    builder = Pets(data_dir=root, **how)
    builder.download_and_prepare(file_format="array_record")
    return builder


def test_any_set_that_tfds_prepared_is_read(tmp_path):
    prepared_by_tfds(tmp_path)
    found = data.read("pets", tmp_path)
    assert found.train.images.shape[1:] == (32, 32, 3)
    assert len(found.train.images) + len(found.test.images) == 40
    assert any("resized" in note for note in found.notes)
    again = data.read("pets:1.2.0", tmp_path)
    np.testing.assert_array_equal(again.train.images, found.train.images)
    assert data.load("pets", "test", tmp_path, image_size=8).images.shape[1] == 8
    by_path = data.read(tmp_path / "pets" / "1.2.0")
    np.testing.assert_array_equal(by_path.test.labels, found.test.labels)


def test_configurations_and_a_validation_split(tmp_path):
    for config in ("small", "large"):
        prepared_by_tfds(tmp_path, (32, 32, 3), ("train", "validation"), config)
    found = data.read("pets/small", tmp_path)
    assert len(found.train.images) == len(found.test.images) == 40
    assert found.facts["name"] == "pets/small"
    assert any("validation is the test set" in note for note in found.notes)
    assert len(data.load("pets/small", "validation", tmp_path).images) == 40
    with pytest.raises(UserError, match=r"pets/large, pets/small"):
        data.read("pets", tmp_path)


def test_a_form_is_for_known_sets_too(originals, tmp_path):
    data.prepare("mnist", tmp_path, source=originals.folder)
    found = data.read("mnist", tmp_path, Form(32, 3, 50))
    assert found.train.images.shape == (40, 32, 32, 3)
    assert found.test.images.shape == (10, 32, 32, 3)
    assert found.facts["name"] != "mnist"


def damage(folder):
    (path,) = folder.glob("mnist-train.array_record*")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def test_a_damaged_set_is_prepared_again(originals, tmp_path):
    folder = data.prepare("mnist", tmp_path, source=originals.folder)
    for spoil in (
        lambda: damage(folder),
        lambda: (folder / "dataset_info.json").write_text("{"),
        lambda: (folder / "features.json").write_text("{}"),
    ):
        spoil()
        with pytest.raises(UserError, match=r"prepare mnist --again") as refusal:
            data.load("mnist", "train", tmp_path)
        assert "\n" not in str(refusal.value)
        data.prepare("mnist", tmp_path, source=originals.folder, again=True)
        assert len(data.load("mnist", "train", tmp_path).images) == 120
        assert [path.name for path in folder.parent.iterdir()] == ["3.0.1"]


def test_what_was_there_stays_where_preparing_again_fails(originals, tmp_path):
    folder = data.prepare("mnist", tmp_path, source=originals.folder)
    next(originals.folder.iterdir()).unlink()
    with pytest.raises(UserError):
        data.prepare("mnist", tmp_path, source=originals.folder, again=True)
    assert places.is_prepared(folder)
    assert [path.name for path in folder.parent.iterdir()] == ["3.0.1"]
    json.loads((folder / "dataset_info.json").read_text())


def test_images_of_a_set_may_be_unreadable(tmp_path):
    prepared_by_tfds(tmp_path)
    (path,) = (tmp_path / "pets" / "1.2.0").glob("*.array_record*")
    path.write_bytes(b"")
    with pytest.raises(UserError, match="damaged"):
        data.read("pets", tmp_path)
