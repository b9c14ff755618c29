"""The measured facts, arranged for tables, figures and words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from aejax.metrics.correlation import Correlation, correlation
from aejax.metrics.pca import PcaReference
from aejax.metrics.trend import Trend, trend


class Seen(NamedTuple):
    """One trained member on the test set.

    Attributes:
      name: of the member.
      zdim, seed: its configuration.
      mse: squared error per pixel, mean over the test images.
      correlation: of its test codes.
      seconds: its share of the training time of its group.
      pictures: reconstructions of the images that the report shows.
    """

    name: str
    zdim: int
    seed: int
    mse: float
    correlation: Correlation
    seconds: float
    pictures: np.ndarray


class Measure(NamedTuple):
    """A single value of a correlation matrix.

    Attributes:
      column: its name in results.csv.
      label: its name in tables and figures.
      of: how it is got.
      unit: its unit, if it has one.
    """

    column: str
    label: str
    of: Callable[[Correlation], float]
    unit: str = ""


HEADLINE = Measure("mean_abs_r", "mean |r|", lambda c: c.mean_abs)
RMS = Measure("rms_r", "rms r", lambda c: c.rms)
LARGEST = Measure("max_abs_r", "max |r|", lambda c: c.max_abs)
TOTAL = Measure(
    "total_correlation", "total correlation", lambda c: c.total_correlation, "nats"
)
RANK_SHARE = Measure(
    "effective_rank_share", "effective rank / d", lambda c: c.effective_rank_share
)
MEASURES = (HEADLINE, RMS, LARGEST, TOTAL, RANK_SHARE)


class Evidence(NamedTuple):
    """All that the report is made from.

    Attributes:
      seen: every member.
      pca: the reference of each latent size.
      codes: number of test codes behind each correlation.
      features: numbers that the encoder's convolutions give to its dense layer.
      originals: the images [n, h, w, c] that `Seen.pictures` reconstructs.
      records: metrics.jsonl.
    """

    seen: Sequence[Seen]
    pca: Mapping[int, PcaReference]
    codes: int
    features: int
    originals: np.ndarray
    records: Sequence[Mapping[str, Any]]

    @property
    def zdims(self) -> list[int]:
        """The latent sizes, rising."""
        return sorted(self.pca)

    @property
    def first_seed(self) -> list[Seen]:
        """One member of each latent size, rising."""
        return sorted((s for s in self.seen if s.seed == 0), key=lambda s: s.zdim)

    def of_size(self, zdim: int) -> list[Seen]:
        """The members of one latent size, one per seed."""
        return [s for s in self.seen if s.zdim == zdim]

    def errors(self) -> np.ndarray:
        """Test error of every member as an array [seeds, sizes]."""
        return np.array([[s.mse for s in self.of_size(d)] for d in self.zdims]).T

    def values(self, measure: Measure) -> np.ndarray:
        """A measure of every member as an array [seeds, sizes]."""
        of = measure.of
        return np.array(
            [[of(s.correlation) for s in self.of_size(d)] for d in self.zdims]
        ).T

    def mean(self, measure: Measure, zdim: int) -> float:
        """A measure's mean over the seeds of one latent size."""
        return float(np.mean([measure.of(s.correlation) for s in self.of_size(zdim)]))

    def trend(self, measure: Measure) -> Trend:
        """The trend of a measure over log2 of the latent size, all seeds."""
        x = np.log2([s.zdim for s in self.seen])
        return trend(x, [measure.of(s.correlation) for s in self.seen])

    def pca_values(self, measure: Measure) -> list[float]:
        """A measure of PCA's test codes for each latent size."""
        return [measure.of(correlation(self.pca[d].codes)) for d in self.zdims]
