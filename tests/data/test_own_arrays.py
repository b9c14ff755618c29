"""Arrays in files of NumPy."""

import numpy as np
import pytest

from aejax import data
from aejax.data import Form
from aejax.data.tfds import bundled
from aejax.errors import UserError


@pytest.fixture(scope="module")
def digits():
    images, labels = bundled.digits("test")
    return images[::10], labels[::10].astype(np.int64)


def test_keras_names(digits, tmp_path):
    images, labels = digits
    path = tmp_path / "mnist.npz"
    np.savez(
        path, x_train=images[:80], y_train=labels[:80, None],
        x_test=images[80:], y_test=labels[80:],
    )  # fmt: skip
    found = data.read(path)
    np.testing.assert_array_equal(found.train.images[..., 0], images[:80])
    np.testing.assert_array_equal(found.train.labels, labels[:80])
    np.testing.assert_array_equal(found.test.labels, labels[80:])
    assert found.facts["name"] == "own_mnist"
    assert found.train.labels.dtype == np.int32


def test_images_and_labels_are_divided_by_content(digits, tmp_path):
    images, labels = digits
    names = np.array(["even", "odd"])[labels % 2]
    np.savez(tmp_path / "a.npz", images=images / 255, labels=names)
    found = data.read(tmp_path / "a.npz")
    assert found.facts["class_names"] == ["even", "odd"]
    known = {i.tobytes(): y % 2 for i, y in zip(images, labels, strict=True)}
    for split in (found.train, found.test):
        assert [known[i.tobytes()] for i in split.images] == split.labels.tolist()
    np.save(tmp_path / "a.npy", images)
    plain = data.load(tmp_path / "a.npy")
    assert plain.labels is None
    np.testing.assert_array_equal(plain.images, found.train.images)
    few = data.read(tmp_path / "a.npy", form=Form(limit=50, image_size=14, channels=3))
    assert few.train.images.shape[1:] == (14, 14, 3)
    assert len(few.train.images) + len(few.test.images) == 50


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda x: x.astype(np.int64), "int64"),
        (lambda x: x.astype(np.uint16) * 257, "uint16"),
        (lambda x: x > 0, "bool"),
        (lambda x: x.astype(np.float32), "images / 255"),
        (lambda x: x / 127.5 - 1, r"\(images \+ 1\) / 2"),
        (lambda x: np.where(x > 200, np.nan, x / 255), "not finite"),
        (lambda x: x.reshape(len(x), -1), "reshape"),
        (lambda x: np.stack([x] * 3, 1), "moveaxis"),
        (lambda x: x[:0], "reshape"),
    ],
)
def test_what_is_no_image_is_refused_with_the_way_out(digits, tmp_path, change, says):
    np.save(tmp_path / "a.npy", change(digits[0]))
    with pytest.raises(UserError, match=says) as refusal:
        data.load(tmp_path / "a.npy")
    assert "a.npy" in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"pixels": np.zeros(3)}, "holds pixels"),
        ({"images": np.zeros((9, 8, 8)), "labels": np.zeros(8, int)}, "labels"),
        ({"images": np.zeros((9, 8, 8)), "labels": np.full(9, 0.5)}, "whole numbers"),
        ({"images": np.array([None])}, "Python objects"),
    ],
)
def test_what_a_file_holds_is_said(tmp_path, arrays, says):
    np.savez(tmp_path / "a.npz", **arrays, allow_pickle=True)
    with pytest.raises(UserError, match=says):
        data.load(tmp_path / "a.npz")


@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
def test_damaged_files_are_named(tmp_path, name):
    for content in (b"", b"no arrays", b"PK\x03\x04", b"\x93NUMPY\x01\x00"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UserError, match=f"{name} is damaged"):
            data.load(tmp_path / name)


def test_too_large_is_known_by_the_header(tmp_path):
    path = tmp_path / "a.npy"
    with path.open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": (10**9, 999, 999, 3)}
        np.lib.format.write_array_header_1_0(file, header)
    with pytest.raises(UserError, match=r"GB.*--limit=\d+"):
        data.load(path)
