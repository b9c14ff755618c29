"""What a study of unmixing measures and shows of both outputs of a network."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from aejax import data as datasets
from aejax import images as im
from aejax.data.mixtures import Pools
from aejax.eval import unmixing
from aejax.eval.classifier import EvaluationClassifier
from aejax.lab import classifier, loading
from aejax.lab.blocks.sheets import Sheet
from aejax.lab.data import Data
from aejax.lab.design import Condition, Measure, Measured
from aejax.lab.laboratory import Lab
from aejax.lab.mixtures import mixed

DB: dict[str, Any] = {"unit": "dB", "format": ".2f", "better": "higher"}
PSNR = Measure("psnr_of_mse", "PSNR", **DB)
FIRST = Measure("psnr_of_mse_first", "PSNR, first", **DB)
SECOND = Measure("psnr_of_mse_second", "PSNR, second", **DB)
TRAIN = Measure("train_psnr_of_mse", "PSNR, training pairs", **DB)
SSIM = tuple(
    Measure(f"ssim_{place}", f"SSIM, {place}", format=".3f", better="higher")
    for place in unmixing.OUTPUTS
)
MSE = tuple(
    Measure(f"mse_{place}", f"MSE, {place}", "per pixel", ".5f", "lower", log=True)
    for place in unmixing.OUTPUTS
)
SUM = Measure("sum", "summed MSE in [-1, 1]", format=".4f", better="lower")
TRAIN_SUM = Measure("train_sum", "the same, training", format=".4f", better="lower")
ACCURACY = Measure("accuracy", "accuracy", "%", ".1f", "higher", scale=100)
QUALITY = (FIRST, SECOND, *SSIM, TRAIN)

MEANING = (
    "PSNR is that of the mean squared error of an output, pixels in [0, 1]; SSIM the "
    "structural similarity (Wang et al. 2004), mean over images. The first and the "
    "second output are compared with the image of the first and of the second set. "
    "No learning: the pair of images that the mixture allows and that is nearest "
    "to the mean images of both sets, weighted by their variances."
)
"""What the measures of `QUALITY` are, for a report."""

SHOWN = 8
"""Pairs of each split that are kept as images."""

ORIGINALS, TWICE, MEANS, NEAREST = REFERENCES = (
    "originals",
    "mixture for both",
    "mean images",
    "no learning",
)
"""What networks are compared with."""


@dataclasses.dataclass(frozen=True, eq=False)
class Pairs:
    """Where what networks give for fixed pairs is measured.

    Attributes:
      train, test: originals uint8 [n, 2, h, w, c].
      is_invariant: whether outputs are assigned to originals in the nearer order.
      judge: the evaluation classifier of the first set; None where it has none.
      labels: int [n], of the first images of the test pairs; None if not known.
    """

    train: NDArray[np.uint8]
    test: NDArray[np.uint8]
    is_invariant: bool
    judge: EvaluationClassifier | None
    labels: NDArray | None

    @property
    def mixtures(self) -> NDArray[np.float32]:
        """Means of all training pairs, then of all test pairs, [n, h, w, c]."""
        both = np.concatenate([self.train, self.test])
        return np.asarray(im.unit(both)).mean(1)

    def measure(self, parts: NDArray[np.float32]) -> Measured:
        """All scalars of parts [n, 2, h, w, c] of `mixtures`, and the first images."""
        seen, tests = np.split(parts, [len(self.train)])
        how = {"is_invariant": self.is_invariant}
        trained = unmixing.quality(seen, self.train, with_ssim=False, **how)
        found = unmixing.quality(tests, self.test, **how)
        scalars = found.scalars()
        scalars |= {f"train_{n}": v for n, v in trained.scalars().items()}
        # Images in [-1, 1] have four times the squared error of images in [0, 1].
        for split in ("", "train_"):
            scalars[f"{split}sum"] = 8 * scalars[f"{split}mse"]
        if self.judge is not None:
            scalars["accuracy"] = self.accuracy(assigned(tests, found)[:, 0])
        kept: dict[str, NDArray] = {}
        for split, own, true, by in (
            ("test", tests, self.test, found),
            ("train", seen, self.train, trained),
        ):
            kept |= pictures(split, assigned(own, by), true)
        return Measured(scalars, kept)

    def references(self, pools: Pools) -> dict[str, Measured]:
        """`REFERENCES`: the originals themselves, and answers without a network.

        Args:
          pools: of training images, from which the mean images are.
        """
        known = [unmixing.moments(pool.images) for pool in pools[:2]]
        greys = [unmixing.is_grey(pool.images) for pool in pools[:2]]
        grey = greys.index(True) if sum(greys) == 1 else None
        sets = self.mixtures
        answers = {
            TWICE: unmixing.mixture_twice(sets),
            MEANS: unmixing.mean_images(sets, known),
            NEAREST: unmixing.consistent(sets, known, grey=grey, weighted=True),
        }
        found = {name: self.measure(parts) for name, parts in answers.items()}
        return {ORIGINALS: self._originals(), **found}

    def _originals(self) -> Measured:
        """As if they were outputs, and the mixtures; they have no errors."""
        kept: dict[str, NDArray] = {}
        scalars: dict[str, float] = {}
        for split, own in (("train", self.train), ("test", self.test)):
            shown = np.asarray(im.unit(own[:SHOWN]))
            kept |= {f"{split}_mixture": shown.mean(1), **pictures(split, shown)}
        if self.judge is not None:
            first = np.asarray(im.unit(self.test[:, 0]))
            scalars["accuracy"] = self.accuracy(first)
        return Measured(scalars, kept)

    @property
    def statements(self) -> dict[str, str]:
        """What a reader must know of the figures."""
        found = {"assignment": unmixing.rule(self.is_invariant)}
        if self.judge is not None:
            found["evaluation classifier"] = self.judge.statement
        return found

    def accuracy(self, first: NDArray) -> float:
        """Fraction of first images [n, h, w, c] in [0, 1] whose class is recognised.

        They are brought to the size and the channel of the classifier's images.
        """
        if self.judge is None:
            return float("nan")
        height, width, _ = self.judge.model.image_shape
        grey = jnp.asarray(first).mean(-1, keepdims=True)
        small = jax.image.resize(grey, (len(grey), height, width, 1), "linear")
        _, probabilities = self.judge.classify(np.clip(small, 0, 1))
        return float((probabilities.argmax(-1) == self.labels).mean())


def assigned(parts: NDArray, by: unmixing.Quality) -> NDArray:
    """Parts in the order in which they were compared with the originals."""
    return np.where(by.swapped[:, None, None, None, None], parts[:, ::-1], parts)


def pictures(
    split: str, parts: NDArray, originals: NDArray | None = None
) -> dict[str, NDArray]:
    """Outputs of the first pairs, and their errors, as a sheet shows them."""
    shown, found = parts[:SHOWN], {}
    for i, place in enumerate(unmixing.OUTPUTS):
        found[f"{split}_{place}"] = shown[:, i]
        if originals is not None:
            true = np.asarray(im.unit(originals[:SHOWN, i]))
            found[f"{split}_error_{place}"] = np.abs(shown[:, i] - true)
    return found


def sheet(split: str, among: list[Condition]) -> Sheet:
    """Mixtures, originals, outputs and errors of the first pairs of a split."""
    rows = {f"{split}_mixture": "mixture"}
    for place in unmixing.OUTPUTS:
        rows |= {f"{split}_{place}": place, f"{split}_error_{place}": f"error, {place}"}
    kind = "Test" if split == "test" else "Training"
    caption = f"{kind} pairs, not selected, seed 0; errors are absolute differences."
    return Sheet(f"pairs_{split}", caption, among, rows)


def judge_of(lab: Lab, name: str) -> EvaluationClassifier | None:
    """The evaluation classifier of a set of grey images with labels; None of others.

    Args:
      lab: of the study; its options are `ClassifierOptions`.
      name: of the set.
    """
    form = loading.form(lab.data.source)
    found = loading.occurring(datasets.read(name, lab.options.data_dir, form))
    if found.train.images.shape[-1] != 1 or len(found.facts["class_names"]) < 2:
        return None
    own = Data(found.facts, found.train, found.test)
    return classifier.obtain(dataclasses.replace(lab, data=own))


def enter(lab: Lab) -> Pairs:
    """The fixed pairs of a study of mixtures, and the classifier of its first set."""
    data, count = mixed.of(lab), lab.options.pairs
    train, test = (data.originals(split, count) for split in ("train", "test"))
    first = data.pairs["test"].first
    labels = first.labels[:count] if first.has_labels else None
    judge = judge_of(lab, data.names[0])
    return Pairs(train, test, data.pools.exchangeable, judge, labels)
