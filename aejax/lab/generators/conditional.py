"""What a study of conditional generators needs: images of classes that were asked for.

Of each class there are as many images; samples of a generator are of the same noise in
every class.
"""

import dataclasses
from collections.abc import Mapping
from functools import cached_property, partial
from typing import Any

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from aejax.eval import independence
from aejax.eval.batching import batched
from aejax.eval.classifier import EvaluationClassifier
from aejax.eval.frechet import frechet_distance
from aejax.eval.obedience import obedience
from aejax.eval.precision_recall import class_recall
from aejax.eval.variability import variability
from aejax.eval.whitening import whiten
from aejax.lab import classifier
from aejax.lab.design import Condition, Measure, Measured
from aejax.lab.generators import spaces
from aejax.lab.generators.drawn import Drawn, accuracy_scores, as_bytes
from aejax.lab.generators.quality import FRECHET
from aejax.lab.generators.spaces import Spaces
from aejax.lab.laboratory import Lab
from aejax.lab.training.programs import light

PERCENT: dict[str, Any] = {"unit": "%", "format": ".1f", "scale": 100}
OBEDIENCE = Measure("obedience", "obedience", better="higher", **PERCENT)
WORST = Measure("worst", "worst class", better="higher", **PERCENT)
VARIABILITY = Measure("variability", "variability", **PERCENT)
RECALL = Measure("class_recall", "class recall", format=".3f", better="higher")
SCORE = Measure("score", "accuracy score", better="higher", **PERCENT)
SHAPE = Measure("shape", "shape correlation", format=".3f", better="higher")
NEW = Measure("new_class", "noise in a new class", format=".3f", better="higher")
LEAK = Measure("leak", "class in latents", better="lower", **PERCENT)
QUALITY = (OBEDIENCE, WORST, VARIABILITY, RECALL, FRECHET, SCORE)

MEANING = (
    "Obedience is the fraction of the samples that the evaluation classifier assigns "
    "to the class that was asked for. Variability is the variance of the classifier's "
    "features within a class, in % of that of test images, mean over classes; class "
    "recall the fraction of a class's test images that lie where its samples do "
    "(Kynkäänniemi et al. 2019, 3 neighbours), mean over classes; Fréchet distance "
    "that to test images, in the same features. The accuracy score is the "
    "accuracy on test images of a small classifier that was trained on the samples "
    "alone (Ravuri & Vinyals, arXiv:1905.10887)."
)
"""What the measures of `QUALITY` are, for a report."""

INDEPENDENCE = (
    "Samples are encoded again by the autoencoder, which knows no class. Shape "
    "correlation is the mean cosine of two codes of the same noise in different "
    "classes, centred and scaled within their class: 0 if the shape in one class says "
    "nothing about that in another. Noise in a new class is the correlation of the "
    "noise with what a linear map reads from the codes of a class that it never saw."
)

SHOWN = 10
"""Samples of a class that are kept as images."""


@dataclasses.dataclass(frozen=True, eq=False)
class Conditional:
    """Where images of a class that was asked for are measured.

    Attributes:
      lab: the laboratory.
      judge: the evaluation classifier.
      space: the autoencoders.
      count: images of each class.
      bank: features of the test images [tests, f].
    """

    lab: Lab
    judge: EvaluationClassifier
    space: Spaces
    count: int
    bank: NDArray[np.float32]

    @property
    def classes(self) -> int:
        """The number of classes."""
        return self.lab.data.classes

    @cached_property
    def _encode(self) -> Any:
        encode = partial(self.space.model.apply, method="encode")
        return light(lambda own, x: batched(partial(encode, own), x))

    def codes(self, seed: int, images: NDArray) -> NDArray[np.float32]:
        """White codes [n, zdim] of images in the space of a seed."""
        place = self.space.place(seed)
        found = self._encode(self.space.params[place], jnp.asarray(images))
        return np.asarray(whiten(self.space.whitenings[place], found))

    def real(
        self, condition: Condition, *, decoded: bool = False
    ) -> dict[tuple[Condition, int], Drawn]:
        """Training images, others for each seed, or their reconstructions."""
        train, found = self.lab.data.train, {}
        size = self.classes * self.count
        for seed in range(self.lab.options.seeds):
            some = np.random.default_rng(seed).permutation(len(train.images))[:size]
            images = train.images[some]
            if decoded:
                codes = self.space.of("train", seed)[some]
                images = as_bytes(self.space.decode(seed, codes))
            found[condition, seed] = Drawn(images, train.labels[some])
        return found

    def measured(
        self, drawn: Mapping[tuple[Condition, int], Drawn], steps: int
    ) -> dict[tuple[Condition, int], Measured]:
        """All that is measured of the images of each condition and seed.

        Args:
          drawn: as many images of each.
          steps: of the training of an accuracy score's classifier.
        """
        found = {}
        for seed in range(self.lab.options.seeds):
            own = {key: one for key, one in drawn.items() if key[1] == seed}
            scores = accuracy_scores(self.lab, seed, list(own.values()), steps)
            for (key, one), score in zip(own.items(), scores, strict=True):
                found[key] = self.measure(seed, one).with_scalars(score=score)
        return found

    def measure(self, seed: int, drawn: Drawn) -> Measured:
        """`QUALITY` without the score, and with noise also `SHAPE` and `NEW`.

        Of generated images `OBEDIENCE` and `SHAPE` are of each noise, [count], and some
        images are kept, see `sheets`.

        Args:
          seed: of the autoencoder that encodes them again.
          drawn: the images.
        """
        images, labels, noise = drawn
        features, probabilities = self.judge.classify(images)
        tests, classes = self.lab.data.test.labels, self.classes
        each = obedience(probabilities, labels, classes)
        varied = variability(features, labels, self.bank, tests, classes)
        scalars: dict[str, Any] = {
            "obedience": np.nanmean(each),
            "worst": np.nanmin(each),
            "variability": varied.mean,
            "frechet": self._distance(features),
            "class_recall": np.nanmean(
                class_recall(features, labels, self.bank, tests, classes)
            ),
        }
        if noise is None:
            return Measured(scalars)
        grid = (classes, self.count)
        codes = self.codes(seed, images).reshape(*grid, -1)
        scalars |= {
            "obedience": (probabilities.argmax(-1) == labels).reshape(grid).mean(0),
            "shape": independence.shape_correlation(codes),
            "new_class": independence.noise_in_new_class(codes, noise[: self.count]),
        }
        return Measured(scalars, sheets(images.reshape(*grid, *images.shape[1:])))

    def _distance(self, features: NDArray) -> float:
        """Fréchet distance of as many images as there are test images."""
        size = min(len(features), len(self.bank))
        some = np.random.default_rng(0).permutation(len(features))[:size]
        return frechet_distance(features[some], self.bank[:size])


def sheets(rows: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
    """Images that are shown, in [0, 1], of [classes, count, h, w, c].

    Returns:
      "shared" [classes, SHOWN, h, w, c], the same noise in a column, and "samples" of
      that shape, other noise in every place.
    """
    classes, count = rows.shape[:2]
    columns = np.arange(classes)[:, None] * SHOWN + np.arange(min(SHOWN, count))
    own = rows[np.arange(classes)[:, None], columns % count]
    unit = np.float32(255)
    return {"shared": rows[:, :SHOWN] / unit, "samples": own / unit}


def enter(lab: Lab, samples: int | None) -> Conditional:
    """The classifier, the autoencoders, and the test images as both see them.

    Args:
      lab: of a study whose options are `SpaceOptions`.
      samples: images of each class; if None as many as there are test images of a
        class, 1,000 at most.
    """
    judge, space = classifier.obtain(lab), spaces.obtain(lab)
    data = lab.data
    tests, train = (len(s.images) // data.classes for s in (data.test, data.train))
    count = min(samples or min(tests, 1000), train)
    return Conditional(lab, judge, space, count, judge.features(data.test.images))
