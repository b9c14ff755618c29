"""The measured facts, arranged for tables, figures and words."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from aejax.metrics.summary import Spread, mean_spread

AE_BCE, AE_MSE = "ae_bce", "ae_mse"
KINDS = {"vae": "VAE", AE_BCE: "AE, cross-entropy", AE_MSE: "AE, squared error"}
PRIOR, GAUSSIAN, MIXTURE = "prior", "Gaussian", "mixture"


class Config(NamedTuple):
    """The shape of a dense model.

    Attributes:
      hidden: units of the encoder's layers; the decoder mirrors them.
      zdim: length of the latent vector.
    """

    hidden: tuple[int, ...]
    zdim: int

    @staticmethod
    def parse(word: str) -> "Config":
        """Reads 400-100x20.

        Raises:
          ValueError: the word is no configuration.
        """
        units, zdim = word.strip().split("x")
        config = Config(tuple(map(int, units.split("-"))), int(zdim))
        if min(*config.hidden, config.zdim, 1) < 1:
            raise ValueError(word)
        return config

    @property
    def name(self) -> str:
        """As it is written in flags."""
        return f"{'-'.join(map(str, self.hidden))}x{self.zdim}"

    @property
    def label(self) -> str:
        """For tables and figures."""
        return f"{'-'.join(map(str, self.hidden))}-{self.zdim}"


class Terms(NamedTuple):
    """Means over images, nats per image.

    Attributes:
      reconstruction: negative Bernoulli log-likelihood.
      kl: of the posterior to the prior; 0 for a plain autoencoder.
    """

    reconstruction: float
    kl: float

    @property
    def loss(self) -> float:
        """The negative ELBO."""
        return self.reconstruction + self.kl


class Seen(NamedTuple):
    """One trained model.

    Attributes:
      kind: "vae", `AE_BCE` or `AE_MSE`.
      config, seed: what it is.
      train, test: terms on the two sets.
      validation_loss: negative ELBO of the held-out training images.
      mse: squared error per pixel of the test images' reconstructions.
      log_likelihood: importance-weighted, nats per test image; None for plain ones.
      active: coordinates whose posterior mean varies.
      frechet: way of sampling -> distance of the samples to the test images.
      codes: [n, 2] mean test codes projected on their two main axes.
      pictures: reconstructions of the images that the report shows.
      samples: way of sampling -> pictures.
    """

    kind: str
    config: Config
    seed: int
    train: Terms
    test: Terms
    validation_loss: float
    mse: float
    log_likelihood: float | None
    active: int
    frechet: Mapping[str, float]
    codes: np.ndarray
    pictures: np.ndarray
    samples: Mapping[str, np.ndarray]

    @property
    def gap(self) -> float:
        """Test loss less training loss: what does not generalise."""
        return self.test.loss - self.train.loss


class Evidence(NamedTuple):
    """All that the report is made from.

    Attributes:
      seen: every trained model.
      layers: configurations that are held against the first of them.
      configs: configurations from which the best is chosen.
      best: the chosen one.
      judge: a sentence about the classifier.
      samples: draws behind a log-likelihood.
      held_out: number of training images that chose the best.
      originals: the images that `Seen.pictures` reconstructs.
      labels: classes of the test images.
      class_names: their names.
      epochs: passes over the training images.
      records: metrics.jsonl.
    """

    seen: Sequence[Seen]
    layers: Sequence[Config]
    configs: Sequence[Config]
    best: Config
    judge: str
    samples: int
    held_out: int
    originals: np.ndarray
    labels: np.ndarray
    class_names: Sequence[str]
    epochs: float
    records: Sequence[Mapping[str, Any]]

    def of(self, config: Config, kind: str = "vae") -> list[Seen]:
        """The models of a configuration and kind, one per seed."""
        return [s for s in self.seen if (s.config, s.kind) == (config, kind)]

    def values(self, config: Config, measure: str, kind: str = "vae") -> np.ndarray:
        """A measure such as "test.loss" or "frechet.prior" of every seed: [seeds]."""
        return np.array([_reach(seen, measure) for seen in self.of(config, kind)])

    def spread(self, config: Config, measure: str, kind: str = "vae") -> Spread:
        """Its mean and spread over seeds."""
        return mean_spread(self.values(config, measure, kind))

    def difference(self, first: Config, second: Config, measure: str) -> Spread:
        """A measure of one VAE less another's, paired by seed."""
        return mean_spread(self.values(first, measure) - self.values(second, measure))

    def against_vae(self, kind: str, measure: str, of_vae: str = "") -> Spread:
        """A measure of the chosen shape less the VAE's, paired by seed.

        Args:
          kind: `AE_BCE` or `AE_MSE`.
          measure: of this kind.
          of_vae: measure of the VAE; the same if empty.
        """
        vae = self.values(self.best, of_vae or measure)
        return mean_spread(self.values(self.best, measure, kind) - vae)


def _reach(seen: Seen, measure: str) -> float:
    name, *rest = measure.split(".")
    value = getattr(seen, name)
    if not rest:
        return float(value)
    return float(value[rest[0]] if name == "frechet" else getattr(value, rest[0]))
