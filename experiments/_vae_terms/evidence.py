"""The measured facts, arranged for tables, figures and words."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from aejax.metrics import prior
from aejax.metrics.summary import Spread, mean_spread
from aejax.metrics.trend import trend


class Weights(NamedTuple):
    """What the two terms of the loss are multiplied by.

    Attributes:
      reconstruction: of the reconstruction error.
      beta: of the KL divergence.
    """

    reconstruction: float
    beta: float

    @property
    def label(self) -> str:
        """For tables and figures."""
        if not self.beta:
            return "reconstruction only"
        if not self.reconstruction:
            return "KL only"
        return "both, β = 1" if self.beta == 1 else f"β = {self.beta:g}"

    @property
    def key(self) -> str:
        """Of all members with these weights."""
        return f"reconstruction={self.reconstruction:g},beta={self.beta:g}"

    def name(self, seed: int) -> str:
        """Of the member with these weights and a seed."""
        return f"{self.key},seed={seed}"


CHANCE = 0.05
"""Share of the grid that is empty even where codes are draws from the prior."""

RECONSTRUCTION, BOTH, KL = Weights(1, 0), Weights(1, 1), Weights(0, 1)


class Seen(NamedTuple):
    """One trained member on the test set.

    Attributes:
      weights, seed: what it is.
      reconstruction, kl: the two terms, unweighted, nats per image.
      posterior_variance: mean over images and coordinates.
      mean_variance: variance of the posterior means over images, mean over
        coordinates.
      distance: of all codes together to the prior.
      overlap: share of codes that their neighbours take for another class.
      empty: share of the prior's grid that lies far from any code.
      lost: share of the grid whose picture is encoded somewhere else.
      codes: one draw from each test image's posterior, [n, 2].
      pictures: decoded grid [side * side, h, w, c].
      holes: which points of the grid are empty, bool [side * side].
      seconds: its share of the training time of its group.
    """

    weights: Weights
    seed: int
    reconstruction: float
    kl: float
    posterior_variance: float
    mean_variance: float
    distance: float
    overlap: float
    empty: float
    lost: float
    codes: np.ndarray
    pictures: np.ndarray
    holes: np.ndarray
    seconds: float


class Measure(NamedTuple):
    """A measure of a member.

    Attributes:
      column: its name in results.csv and in `Seen`.
      label: its name in tables and figures.
      unit: "" for none.
      format: of its numbers.
    """

    column: str
    label: str
    unit: str
    format: str


MEASURES = (
    Measure("reconstruction", "reconstruction", "nats", ".1f"),
    Measure("kl", "KL", "nats", ".2f"),
    Measure("posterior_variance", "posterior variance", "", ".2g"),
    Measure("mean_variance", "variance of means", "", ".2f"),
    Measure("distance", "distance to prior", "std", ".2f"),
    Measure("overlap", "class overlap", "", ".3f"),
    Measure("empty", "empty", "share", ".3f"),
    Measure("lost", "lost", "share", ".3f"),
)


class Evidence(NamedTuple):
    """All that the report is made from.

    Attributes:
      seen: every member, in the order of the weights, then seeds.
      labels: classes of the test images.
      classes: their names.
      epochs: passes over the training images.
      far: how far from a grid point its picture is encoded when it is lost.
      records: metrics.jsonl.
    """

    seen: Sequence[Seen]
    labels: np.ndarray
    classes: Sequence[str]
    epochs: float
    far: float
    records: Sequence[Mapping[str, Any]]

    @property
    def weights(self) -> list[Weights]:
        """From the reconstruction alone over rising beta to the KL alone."""
        return list(dict.fromkeys(seen.weights for seen in self.seen))

    @property
    def path(self) -> list[Weights]:
        """Those with both terms, beta rising."""
        return [w for w in self.weights if w.reconstruction and w.beta]

    @property
    def first_seed(self) -> dict[str, Seen]:
        """Label -> the member of seed 0."""
        return {seen.weights.label: seen for seen in self.seen if seen.seed == 0}

    @property
    def chance(self) -> float:
        """Class overlap of codes that know nothing: all are taken for one class."""
        return float(1 - np.bincount(self.labels).max() / len(self.labels))

    def of(self, weights: Weights) -> list[Seen]:
        """The members with these weights, one per seed."""
        return [seen for seen in self.seen if seen.weights == weights]

    def values(self, weights: Sequence[Weights], column: str) -> np.ndarray:
        """A measure as an array [seeds, weights]."""
        return np.array([[getattr(s, column) for s in self.of(w)] for w in weights]).T

    def spread(self, weights: Weights, column: str) -> Spread:
        """A measure's mean and spread over seeds."""
        return mean_spread(self.values([weights], column)[:, 0])

    def difference(self, weights: Weights, other: Weights, column: str) -> Spread:
        """A measure of one less that of another, paired by seed."""
        first, second = self.values([weights, other], column).T
        return mean_spread(first - second)

    def excess(self, weights: Weights) -> Spread:
        """Empty share of the grid less the one that draws from the prior leave."""
        return mean_spread(self.values([weights], "empty")[:, 0] - CHANCE)

    @property
    def lost_to_zero(self) -> float:
        """Share of the grid that is lost if every picture is encoded at 0."""
        side = math.isqrt(len(self.seen[0].holes))
        distances = np.linalg.norm(prior.quantile_grid(side), axis=-1)
        return float((distances > self.far).mean())

    def trend(self, column: str) -> str:
        """What may be said of a measure over log2 of beta, all seeds.

        Returns:
          "rises", "falls", "no trend", "too few models" where even a perfect order
          would be no trend, or "constant".
        """
        seen = [s for w in self.path for s in self.of(w)]
        x = np.log2([s.weights.beta for s in seen])
        values = np.array([getattr(s, column) for s in seen])
        if trend(x, x).verdict == "no trend":
            return "too few models"
        return "constant" if np.ptp(values) == 0 else trend(x, values).verdict
