"""The ways to a classifier that are compared."""

from typing import NamedTuple

PLAIN, DENOISING, RANDOM = "plain", "denoising", "random"
"""Encoders."""


class Regime(NamedTuple):
    """A way to a classifier.

    Attributes:
      name: short, for files and results.csv.
      label: in tables and text.
      short: in legends.
      encoders: name of the encoders that it uses; "" where it sees pixels.
      how: "head" trains an MLP on the code, "network" that and the encoder below
        it; "logistic", "nearest" and "propagation" need no training program.
    """

    name: str
    label: str
    short: str
    encoders: str
    how: str

    @property
    def frozen(self) -> bool:
        """Whether it takes the code of a trained encoder as it is."""
        return self.encoders in (PLAIN, DENOISING) and self.how != "network"

    @property
    def stepwise(self) -> bool:
        """Whether its training takes a given number of steps."""
        return self.how in ("head", "network")


FROZEN = Regime("frozen", "(1) frozen, MLP", "(1) frozen", PLAIN, "head")
TUNED = Regime("fine_tuned", "(2) fine-tuned", "(2) fine-tuned", PLAIN, "network")
SCRATCH = Regime(
    "random_weights", "(3) from random weights", "(3) random", RANDOM, "network"
)
PIXELS = Regime("pixels_logistic", "(4) logistic, pixels", "(4) pixels", "", "logistic")
LOGISTIC = Regime(
    "codes_logistic", "(5) logistic, codes", "(5) logistic", PLAIN, "logistic"
)
NEAREST = Regime("codes_nearest", "(5) k-NN, codes", "(5) k-NN", PLAIN, "nearest")
DENOISED = Regime(
    "denoising", "(6) frozen denoising, MLP", "(6) denoising", DENOISING, "head"
)
PROPAGATED = Regime(
    "propagation",
    "(7) frozen denoising, propagation",
    "(7) propagation",
    DENOISING,
    "propagation",
)

REGIMES = (
    FROZEN,
    TUNED,
    SCRATCH,
    PIXELS,
    LOGISTIC,
    NEAREST,
    DENOISED,
    PROPAGATED,
)
