"""The measured facts, arranged for tables, figures and words."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from aejax.metrics.pca import PcaReference
from aejax.metrics.summary import Spread, mean_spread

STUDIES = ("zdim", "depth", "width", "fc_layers")
"""What can be varied while the rest stays as it is."""


class Config(NamedTuple):
    """The shape of an autoencoder.

    Attributes:
      zdim, width, depth, fc_layers: as in `aejax.models.Autoencoder`.
    """

    zdim: int
    width: int
    depth: int
    fc_layers: int

    @property
    def name(self) -> str:
        """Of this shape, whatever the seed."""
        return (
            f"zdim={self.zdim},width={self.width},depth={self.depth},"
            f"fc={self.fc_layers}"
        )

    def member(self, seed: int) -> str:
        """Name of the member with this shape and a seed."""
        return f"{self.name},seed={seed}"


class Seen(NamedTuple):
    """One trained member after its training.

    Attributes:
      config, seed: what it is.
      mse: squared error per pixel, mean over the test images.
      train_mse: the same over as many training images, not shifted.
      psnr: in dB, mean over the test images.
      ssim: mean over some test images.
      parameters: of encoder and decoder.
      flops: of one image's reconstruction.
      seconds: its share of the training time of its group.
      pictures: reconstructions of the images that the report shows.
    """

    config: Config
    seed: int
    mse: float
    train_mse: float
    psnr: float
    ssim: float
    parameters: int
    flops: int
    seconds: float
    pictures: np.ndarray


class Evidence(NamedTuple):
    """All that the report is made from.

    Attributes:
      seen: every member.
      paths: what is varied -> configurations, rising.
      base: the configuration where the paths over depth, width and dense layers
        meet.
      pca: the reference of each latent size.
      originals: the images [n, h, w, c] that `Seen.pictures` reconstructs.
      train_images: number of training images behind each training error.
      ssim_images: number of test images behind each SSIM.
      epochs: passes over the training images.
      records: metrics.jsonl.
    """

    seen: Sequence[Seen]
    paths: Mapping[str, Sequence[Config]]
    base: Config
    pca: Mapping[int, PcaReference]
    originals: np.ndarray
    train_images: int
    ssim_images: int
    epochs: float
    records: Sequence[Mapping[str, Any]]

    @property
    def seeds(self) -> int:
        """Number of seeds of each configuration."""
        return len(self.of(self.seen[0].config))

    @property
    def configs(self) -> list[Config]:
        """Every configuration once, in the order of the paths."""
        return list(dict.fromkeys(seen.config for seen in self.seen))

    def of(self, config: Config) -> list[Seen]:
        """The members of a configuration, one per seed."""
        return [seen for seen in self.seen if seen.config == config]

    def spread(self, config: Config, measure: str = "mse") -> Spread:
        """A measure's mean and spread over the seeds of a configuration."""
        return mean_spread([getattr(seen, measure) for seen in self.of(config)])

    def errors(self, configs: Sequence[Config]) -> np.ndarray:
        """Test error of configurations as an array [seeds, configurations]."""
        return np.array([[seen.mse for seen in self.of(c)] for c in configs]).T

    @property
    def best(self) -> Config:
        """The configuration of least mean test error."""
        return min(self.configs, key=lambda config: self.spread(config).mean)

    def difference(self, config: Config, other: Config) -> Spread:
        """Test error of one configuration less another's, paired by seed."""
        first, second = self.errors([config, other]).T
        return mean_spread(first - second)


def plan(
    base: Config, values: Mapping[str, Sequence[int]]
) -> dict[str, tuple[Config, ...]]:
    """The configurations of each study: one value of the base is replaced."""
    return {
        name: tuple(base._replace(**{name: value}) for value in sorted(chosen))
        for name, chosen in values.items()
    }
