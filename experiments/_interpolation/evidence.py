"""The measured facts, arranged for tables, figures and words."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from aejax.metrics.summary import NOT_TOLD, Spread, mean_spread, verdict

LINE, ARC, CROSS = "linear", "spherical", "cross-fade"


class Method(NamedTuple):
    """A way from one picture to another.

    Attributes:
      kind: `LINE`, `ARC` or `CROSS`.
      zdim: latent size; None in pixel space.
    """

    kind: str
    zdim: int | None

    @property
    def label(self) -> str:
        """For tables and figures."""
        return self.kind if self.zdim is None else f"d = {self.zdim}, {self.kind}"


FADE = Method(CROSS, None)


class Seen(NamedTuple):
    """The paths of one model, each measure an array [pairs].

    Attributes:
      nearest: distance to the nearest real test image, in units of the typical
        distance between neighbouring real ones, mean over the frames between.
      confidence: of the judge, mean over the frames between.
      changes: of the likeliest class.
      direct: 1 where it changes just once, from the one end's to the other's.
      unevenness: largest over mean step in feature space.
      departure: rms difference to the cross-fade of the path's own ends.
      nearest_along, confidence_along: means over pairs, [frames].
    """

    nearest: np.ndarray
    confidence: np.ndarray
    changes: np.ndarray
    direct: np.ndarray
    unevenness: np.ndarray
    departure: np.ndarray
    nearest_along: np.ndarray
    confidence_along: np.ndarray


class Measure(NamedTuple):
    """A measure of a path.

    Attributes:
      column: its name in results.csv and in `Seen`.
      label: its name in tables and figures.
      format: of its numbers.
      better: whether less (-1) or more (+1) of it is better; 0 for neither.
    """

    column: str
    label: str
    format: str
    better: int


NEAREST = Measure("nearest", "distance to real images", ".3f", -1)
CONFIDENCE = Measure("confidence", "judge's confidence", ".3f", +1)
CHANGES = Measure("changes", "class changes", ".2f", 0)
DIRECT = Measure("direct", "share of paths with one change", ".3f", +1)
UNEVENNESS = Measure("unevenness", "largest / mean step", ".2f", -1)
DEPARTURE = Measure("departure", "departure from cross-fade", ".4f", 0)
MEASURES = (NEAREST, CONFIDENCE, DIRECT, CHANGES, UNEVENNESS, DEPARTURE)

# What is said of a difference below and above zero, by `Measure.better`.
SIDES = {-1: ("better", "worse"), 0: ("less", "more"), 1: ("worse", "better")}


class Difference(NamedTuple):
    """One method less another in one measure, paired by pair.

    Attributes:
      spread: of the differences: over pairs, averaged over seeds; or over seeds,
        averaged over pairs, where two sizes are compared and that interval is wider.
      verdict: "better", "worse", "more", "less", NOT_TOLD or SINGLE.
    """

    spread: Spread
    verdict: str


@dataclass
class Evidence:
    """All that the report is made from.

    Attributes:
      judge: a sentence about the judge.
      pairs: places [n, 2] of the measured pairs.
      drawn: places of the pairs that are shown.
      labels: classes of the test images.
      seen: method -> seed -> measures.
      shown: method -> pictures [drawn, frames, h, w, c], seed 0.
    """

    judge: str
    pairs: np.ndarray
    drawn: np.ndarray
    labels: np.ndarray
    seen: dict[Method, dict[int, Seen]] = field(default_factory=dict)
    shown: dict[Method, np.ndarray] = field(default_factory=dict)

    def add(self, method: Method, seed: int, seen: Seen) -> None:
        """Takes in the measures of one model."""
        self.seen.setdefault(method, {})[seed] = seen

    def show(self, method: Method, pictures: np.ndarray) -> None:
        """Takes in the pictures of a method."""
        self.shown[method] = pictures

    @property
    def zdims(self) -> list[int]:
        """The latent sizes, rising."""
        return sorted({m.zdim for m in self.seen if m.zdim is not None})

    @property
    def methods(self) -> list[Method]:
        """All methods: by latent size, the cross-fade last."""
        kinds = [Method(kind, d) for d in self.zdims for kind in (LINE, ARC)]
        return [*kinds, FADE]

    def values(self, method: Method, measure: Measure) -> np.ndarray:
        """A measure as an array [seeds, pairs]."""
        seeds = self.seen[method]
        return np.array([getattr(seeds[s], measure.column) for s in sorted(seeds)])

    def spread(self, method: Method, measure: Measure) -> Spread:
        """Over pairs, each averaged over seeds."""
        return mean_spread(self.values(method, measure).mean(0))

    def along(self, method: Method, name: str) -> np.ndarray:
        """A field of `Seen` [frames] of every seed, as an array [seeds, frames]."""
        seeds = self.seen[method]
        return np.array([getattr(seeds[s], name) for s in sorted(seeds)])

    def difference(self, method: Method, other: Method, measure: Measure) -> Difference:
        """`method` less `other`.

        Told apart are two ways through the same models, or one and the cross-fade,
        only where the 95 % interval over pairs excludes zero and all seeds agree in
        sign. Two sizes are different models, which differ by chance, too: they are
        told apart only where the interval over seeds excludes zero as well.
        """
        by_seed = self.values(method, measure) - self.values(other, measure)
        found, means = mean_spread(by_seed.mean(0)), by_seed.mean(1)
        if FADE not in (method, other) and method.zdim != other.zdim:
            over_seeds = mean_spread(means)
            # Of a single seed the interval is nan, which no comparison holds for.
            if not over_seeds.half_width <= found.half_width:
                found = over_seeds
        said = verdict(found, *SIDES[measure.better])
        if len(set(np.sign(means))) > 1:
            said = NOT_TOLD
        return Difference(found, said)

    def comparisons(self) -> list[tuple[Method, Method]]:
        """What is held against what."""
        lines = [Method(LINE, d) for d in self.zdims]
        arcs = [Method(ARC, d) for d in self.zdims]
        return [
            *((line, FADE) for line in lines),
            *zip(arcs, lines, strict=True),
            *((line, lines[0]) for line in lines[1:]),
        ]
