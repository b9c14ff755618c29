"""The measured facts, arranged for tables, figures and words."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from aejax.metrics.summary import NOT_TOLD, Spread, mean_spread

OURS, TORCH = "aejax", "PyTorch"

# Batches are small: more threads would wait for each other.
TORCH_THREADS = 1


class Published(NamedTuple):
    """A row of Table 1 of Burda et al., one stochastic layer, IWAE.

    Attributes:
      log_likelihood: of MNIST's test images, nats, estimated with 5,000 samples.
      active: latent units that vary, of 50.
    """

    log_likelihood: float
    active: int


PUBLISHED = {
    1: Published(-86.76, 19),
    5: Published(-85.54, 22),
    50: Published(-84.78, 25),
}
PUBLISHED_EPOCHS, PUBLISHED_SAMPLES, PUBLISHED_ON = 3280, 5000, "mnist"


class Setting(NamedTuple):
    """What is trained, and how.

    Attributes:
      k: samples of the bound.
      seed: of weights, batches and noise.
      rates: [steps] learning rates.
      epsilon: Adam's.
      batch_size: images per step.
      chunk: steps between two looks.
      bias: [h, w, c] of the decoder's last layer at the start.
    """

    k: int
    seed: int
    rates: np.ndarray
    epsilon: float
    batch_size: int
    chunk: int
    bias: np.ndarray


class Seen(NamedTuple):
    """One trained model on the binarized test images.

    Attributes:
      side: `OURS` or `TORCH`.
      k: samples of the bound that it was trained by.
      seed: of weights, batches and noise.
      values: log-likelihood of each test image, nats, [n].
      active: latent units whose posterior mean varies.
      steps: where the curve was measured, [c].
      curve: bound of some test images, mean, nats, [c].
      seconds: of its training with its looks at the curve, without compilation.
    """

    side: str
    k: int
    seed: int
    values: np.ndarray
    active: int
    steps: np.ndarray
    curve: np.ndarray
    seconds: float

    @classmethod
    def of(
        cls,
        side: str,
        k: int,
        seed: int,
        judged: Mapping[str, Any],
        steps: Any,
        curve: Any,
        seconds: float,
    ) -> "Seen":
        """From what is remembered of a model's judgement, and its training."""
        values, active = np.array(judged["log_likelihood"]), judged["active"]
        steps, curve = np.asarray(steps), np.asarray(curve)
        return cls(side, k, seed, values, active, steps, curve, seconds)


class Difference(NamedTuple):
    """One row of models less another, paired by test image.

    Attributes:
      spread: over images, averaged over seeds.
      verdict: "higher", "lower" or "not told apart"; of a single seed it says so.
    """

    spread: Spread
    verdict: str


class Evidence(NamedTuple):
    """All that the report is made from.

    Attributes:
      seen: every model.
      samples: behind each log-likelihood.
      epochs: passes over the training images.
      images: in the training set.
      batch_size: images per step.
      dataset: its name.
      schedule: of the learning rate.
      device: on which aejax computed, in words.
    """

    seen: Sequence[Seen]
    samples: int
    epochs: float
    images: int
    batch_size: int
    dataset: str
    schedule: str
    device: str

    @property
    def ks(self) -> list[int]:
        """The numbers of samples, rising."""
        return sorted({seen.k for seen in self.seen})

    @property
    def sides(self) -> list[str]:
        """Who trained."""
        return list(dict.fromkeys(seen.side for seen in self.seen))

    @property
    def published(self) -> Mapping[int, Published]:
        """What may be held against this run: of MNIST only."""
        if self.dataset != PUBLISHED_ON:
            return {}
        return {k: PUBLISHED[k] for k in self.ks if k in PUBLISHED}

    @property
    def machines(self) -> str:
        """On what each side was trained."""
        ours = f"{OURS} on {self.device}"
        if TORCH not in self.sides:
            return ours
        return f"{ours}, {TORCH} on {TORCH_THREADS} thread(s) of the CPU"

    def of(self, side: str, k: int) -> list[Seen]:
        """The models of one side and k, one per seed."""
        return [seen for seen in self.seen if (seen.side, seen.k) == (side, k)]

    def values(self, side: str, k: int) -> np.ndarray:
        """Log-likelihoods as an array [seeds, images]."""
        return np.array([seen.values for seen in self.of(side, k)])

    def likelihood(self, side: str, k: int) -> Spread:
        """Mean over images, with its spread over seeds."""
        return mean_spread(self.values(side, k).mean(1))

    def error(self, side: str, k: int) -> float:
        """Half the 95 % interval over test images, averaged over seeds."""
        return mean_spread(self.values(side, k).mean(0)).half_width

    def epochs_at(self, steps: Any) -> np.ndarray:
        """Steps as passes over the training images."""
        return np.asarray(steps) * self.batch_size / self.images

    def difference(self, first: tuple[str, int], second: tuple[str, int]) -> Difference:
        """One (side, k) less another.

        Told apart are two only where the 95 % interval over images excludes zero and
        all seeds agree in sign.
        """
        by_seed = self.values(*first) - self.values(*second)
        found = mean_spread(by_seed.mean(0))
        signs = set(np.sign(by_seed.mean(1)))
        if abs(found.mean) <= found.half_width or len(signs) > 1:
            return Difference(found, NOT_TOLD)
        said = "higher" if found.mean > 0 else "lower"
        return Difference(found, said if len(by_seed) > 1 else f"{said}, one seed")
