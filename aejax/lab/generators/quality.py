"""What a study of generators needs: real images, and generated ones beside them."""

import dataclasses
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from aejax.eval import copying, density, distribution, paths
from aejax.eval.classifier import EvaluationClassifier
from aejax.eval.frechet import frechet_distance
from aejax.lab import classifier
from aejax.lab.arrange import AllMeasured
from aejax.lab.design import Condition, Measure, Measured
from aejax.lab.generators import spaces
from aejax.lab.generators.spaces import Spaces
from aejax.lab.laboratory import Lab
from aejax.lab.training.programs import light

FRECHET = Measure("frechet", "Fréchet distance", format=".2f", better="lower")
KERNEL = Measure("kernel", "kernel distance", format=".1f", better="lower")
PRECISION = Measure("precision", "precision", format=".3f", better="higher")
RECALL = Measure("recall", "recall", format=".3f", better="higher")
CLASSES = Measure("class_distance", "class distance", "%", ".1f", "lower", scale=100)
COPYING = Measure("copying", "copying", format=".3f")
PARAMETERS = Measure("parameters", "parameters", "thousands", ".1f", scale=1e-3)
SAMPLING = Measure("sampling", "sampling", "ms per 1,000", ".1f", scale=1e3)
HELD_OUT = Measure(
    "frechet_held_out", "Fréchet distance to held-out images", format=".2f",
    better="lower",
)  # fmt: skip
QUALITY = (FRECHET, KERNEL, PRECISION, RECALL, CLASSES, COPYING)

MEANING = (
    "All distances are between features of the evaluation classifier. Precision is "
    "the fraction of the samples that lie where real images do, recall the fraction of "
    "the real images that lie where samples do (Kynkäänniemi et al. 2019, 3 "
    "neighbours). Class distance is the total variation between the classes of the "
    "samples and of the real images. Copying is the probability that a sample lies "
    "nearer to a training image than a test image does: 0.5 for real images. Training "
    "images are the floor of every distance, reconstructions what the decoder can "
    "reach: those of training images are compared with other images, as samples are, "
    "those of test images with the very images that they are of."
)
"""What the measures of `QUALITY` are, for a report."""

MOST_SAMPLES = 10_000
SHOWN = 12
"""Samples that are kept as images."""


@dataclasses.dataclass(frozen=True, eq=False)
class Generators:
    """Where generated images are measured.

    Attributes:
      lab: the laboratory.
      judge: the evaluation classifier.
      space: the autoencoders.
      count: how many images are compared with as many test images.
      bank: features of the test images [tests, f].
      held_out: features of the held-out training images [m, f].
      train: features of the training images [n, f].
      far: distances of the test images to their nearest training images [tests].
    """

    lab: Lab
    judge: EvaluationClassifier
    space: Spaces
    count: int
    bank: NDArray[np.float32]
    held_out: NDArray[np.float32]
    train: NDArray[np.float32]
    far: NDArray[np.float32]

    def measure(
        self, images: NDArray, cost: Mapping[str, Any] | None = None
    ) -> Measured:
        """`QUALITY` and `HELD_OUT` of images [count, h, w, c].

        The first images, and the training images that are nearest to them, are kept.

        Args:
          images: uint8 or in [0, 1].
          cost: further scalars.
        """
        data = self.lab.data
        features, probabilities = self.judge.classify(images)
        found: dict[str, Any] = distribution.compare(
            features,
            self.bank[: self.count],
            probabilities=probabilities,
            labels=data.test.labels[: self.count],
        )
        found[HELD_OUT.name] = frechet_distance(features, self.held_out)
        near = copying.nearest_training_images(features, self.train)
        found["copying"] = copying.copying(near.distances, self.far)
        kept = {
            "samples": images[:SHOWN],
            "nearest": data.train.images[near.places[:SHOWN]] / np.float32(255),
        }
        return Measured({**found, **(cost or {})}, kept)

    def floor(self, condition: Condition) -> AllMeasured:
        """Real training images, other ones for each seed, as if they were generated."""
        train, found = self.lab.data.train.images, {}
        for seed in range(self.lab.options.seeds):
            some = np.random.default_rng(seed).permutation(len(train))[: self.count]
            one = self.measure(train[some] / np.float32(255))
            # They are training images: each is its own nearest one.
            scalars = {n: v for n, v in one.scalars.items() if n != COPYING.name}
            found[condition, seed] = Measured(scalars, one.arrays)
        return found

    def ceiling(self, condition: Condition, split: str) -> AllMeasured:
        """Reconstructions: what a decoder can reach.

        Those of "test" images are compared with the very images that they are of,
        those of "train" images, others for each seed, with other ones, as samples are.
        """
        found = {}
        for seed in range(self.lab.options.seeds):
            codes = self.space.of(split, seed)
            if split == "train":
                codes = np.random.default_rng(seed).permutation(codes)
            some = codes[: self.count]
            found[condition, seed] = self.measure(self.space.decode(seed, some))
        return found

    def fitted(self, condition: Condition, parts: int) -> AllMeasured:
        """Samples of a Gaussian mixture that is fitted to the training codes."""
        found = {}
        for seed in range(self.lab.options.seeds):
            train = self.space.of("train", seed)
            codes = density.mixture_samples(train, self.count, parts=parts, seed=seed)
            images = self.space.decode(seed, codes)
            numbers = parts * (1 + train.shape[1] * (train.shape[1] + 3) // 2) - 1
            found[condition, seed] = self.measure(images, {"parameters": numbers})
        return found

    def paths(
        self, seed: int, codes: NDArray, ends: NDArray, shown: int
    ) -> tuple[dict[str, NDArray], NDArray]:
        """Paths of codes, decoded: measures of `eval.paths`, and the first images.

        Args:
          seed: of the decoder.
          codes: [pairs, frames, zdim].
          ends: int [pairs, 2], places of the ends among the test images; -1 where they
            are no test images.
          shown: how many paths are kept as images.
        """
        flat = self.space.decode(seed, codes.reshape(-1, codes.shape[-1]))
        frames = flat.reshape(*codes.shape[:2], *flat.shape[1:])
        seen = self.judge.classify(flat)
        found = paths.measure(frames, *seen, self.bank, ends)
        return dataclasses.asdict(found), frames[:shown]


def enter(lab: Lab, samples: int | None) -> Generators:
    """The classifier, the autoencoders, and real images as both see them.

    Args:
      lab: of a study whose options are `SpaceOptions`.
      samples: how many images are compared; if None as many as there are test images,
        10,000 at most.
    """
    judge, space = classifier.obtain(lab), spaces.obtain(lab)
    data = lab.data
    bank, held_out, train = (
        judge.features(split.images) for split in (data.test, data.held_out, data.train)
    )
    far = copying.nearest_training_images(bank, train).distances
    count = min(samples or MOST_SAMPLES, len(bank), len(train))
    return Generators(lab, judge, space, count, bank, held_out, train, far)


def seconds_per_thousand(
    draw: Callable[..., Any], trained: tuple[Any, Any], count: int
) -> float:
    """Time of 1,000 samples by a compiled sampler, the least of three calls.

    Args:
      draw: `(model, params, data, hparams) -> samples [count, ...]`.
      trained: the network and its parameters.
      count: samples of a call.
    """
    model, params = trained
    program = light(partial(draw, model))
    hparams, taken = {"seed": jnp.uint32(0)}, []
    for _ in range(4):
        began = time.perf_counter()
        jax.block_until_ready(program(params, (), hparams))
        taken.append(time.perf_counter() - began)
    return 1000 * min(taken) / count


def numbers(params: Any) -> int:
    """How many numbers a generator has; of a GAN, those of the generator alone."""
    tree = params["params"]
    return sum(leaf.size for leaf in jax.tree.leaves(tree.get("generator", tree)))
