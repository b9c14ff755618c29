"""Prepared sets of several kinds, and the arrays kept beside them."""

import json

import numpy as np
import pytest
from array_record.python.array_record_module import ArrayRecordReader
from tensorboardX.record_writer import RecordWriter

from aejax import data
from aejax.errors import UserError


@pytest.fixture
def prepared(originals, tmp_path):
    return data.prepare("mnist", tmp_path, source=originals.folder)


def test_the_second_load_needs_no_records(prepared, tmp_path):
    first = data.load("mnist", "train", tmp_path)
    for file in prepared.glob("*array_record*"):
        file.unlink()
    second = data.load("mnist", "train", tmp_path)
    np.testing.assert_array_equal(first.images, second.images)
    np.testing.assert_array_equal(first.labels, second.labels)
    assert second.labels.dtype == np.int32


@pytest.mark.parametrize("garbage", [b"", b"PK\x03\x04 and no more", None])
def test_a_useless_cache_does_no_harm(prepared, tmp_path, garbage):
    cache = prepared / "aejax_test.npz"
    first = data.load("mnist", "test", tmp_path)
    cache.unlink()
    # A directory of that name can be neither read nor replaced.
    cache.mkdir() if garbage is None else cache.write_bytes(garbage)
    second = data.load("mnist", "test", tmp_path)
    np.testing.assert_array_equal(first.images, second.images)
    assert not list(prepared.glob("*unfinished*"))


def test_tfrecords_of_several_files_are_read(prepared, tmp_path):
    wanted = data.load("mnist", "train", tmp_path)
    to_tfrecord(prepared, shards=3)
    (prepared / "aejax_train.npz").unlink()
    found = data.load("mnist", "train", tmp_path)
    np.testing.assert_array_equal(found.images, wanted.images)
    np.testing.assert_array_equal(found.labels, wanted.labels)


@pytest.mark.parametrize("form", ["array_record", "tfrecord"])
def test_damaged_records_are_named(prepared, tmp_path, form):
    if form == "tfrecord":
        to_tfrecord(prepared, shards=1)
    (path,) = prepared.glob(f"mnist-train.{form}*")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UserError, match=r"mnist.*damaged"):
        data.load("mnist", "train", tmp_path)


def test_damaged_images_are_named(prepared, tmp_path):
    to_tfrecord(prepared, shards=1)
    (path,) = prepared.glob("mnist-train.tfrecord*")
    content = bytearray(path.read_bytes())
    content[content.index(b"IDAT") + 8] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"damaged: record 0 of train"):
        data.load("mnist", "train", tmp_path)


def test_other_formats_are_refused_by_name(prepared, tmp_path):
    edit_info(prepared, lambda info: info.update(fileFormat="parquet"))
    with pytest.raises(
        UserError, match=r"in the format parquet.*another data directory"
    ):
        data.load("mnist", "train", tmp_path)


def test_an_unknown_split_is_answered_with_the_known_ones(prepared, tmp_path):
    with pytest.raises(UserError, match=r"no split 'valid'.*train, test"):
        data.load("mnist", "valid", tmp_path)


def to_tfrecord(folder, shards):
    """Rewrites the train split as TFDS with TensorFlow would have written it."""
    (old,) = folder.glob("mnist-train.array_record*")
    records = ArrayRecordReader(str(old)).read_all()
    parts = np.array_split(np.arange(len(records)), shards)
    for i, part in enumerate(parts):
        new = folder / f"mnist-train.tfrecord-{i:05d}-of-{shards:05d}"
        writer = RecordWriter(str(new))
        for row in part:
            writer.write(records[row])
        writer.close()
    old.unlink()

    def edit(info):
        info["fileFormat"] = "tfrecord"
        (train,) = (split for split in info["splits"] if split["name"] == "train")
        train["shardLengths"] = [str(len(part)) for part in parts]

    edit_info(folder, edit)


def edit_info(folder, edit):
    path = folder / "dataset_info.json"
    info = json.loads(path.read_text())
    edit(info)
    path.write_text(json.dumps(info))
