"""The measured facts, arranged for tables, figures and words."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.metrics import confusion_matrix

from aejax.metrics.summary import Spread, mean_spread
from experiments._transfer.contest import Named
from experiments._transfer.regimes import FROZEN, TUNED, Regime


class Outcome(NamedTuple):
    """All runs of one regime with one number of labels.

    Attributes:
      test: share of the test images that each run names rightly, [runs].
      train: the same of the images with which it was trained, [runs].
      confusion: counts [class, named as] over the test images of all runs.
      seconds: per run, compilation included.
    """

    test: Sequence[float]
    train: Sequence[float]
    confusion: Sequence[Sequence[int]]
    seconds: float


class Evidence(NamedTuple):
    """All that the report is made from.

    Attributes:
      outcomes: of every regime and number of labels.
      regimes: in the order of tables.
      labels: numbers of labels, rising.
      draws, seeds: label draws of each seed, and seeds.
      classes: their names.
      tests: number of test images.
      train: number of training images.
      choices: what was chosen -> the choice, for the report.
    """

    outcomes: Mapping[tuple[Regime, int], Outcome]
    regimes: Sequence[Regime]
    labels: Sequence[int]
    draws: int
    seeds: int
    classes: Sequence[str]
    tests: int
    train: int
    choices: Mapping[str, str]

    @property
    def runs(self) -> int:
        """Runs behind each mean."""
        return self.draws * self.seeds

    def accuracies(self, regime: Regime, split: str = "test") -> np.ndarray:
        """Accuracies [runs, numbers of labels]; `split` is "test" or "train"."""
        found = [getattr(self.outcomes[regime, n], split) for n in self.labels]
        return np.array(found).T

    def spread(self, regime: Regime, labels: int, split: str = "test") -> Spread:
        """Accuracy in percent over the runs; `split` is "test" or "train"."""
        values = getattr(self.outcomes[regime, labels], split)
        return mean_spread(100 * np.asarray(values))

    def difference(self, labels: int, one: Regime = TUNED, two: Regime = FROZEN):
        """Test accuracy of `one` less that of `two` in points, paired by run."""
        first, second = (self.outcomes[r, labels].test for r in (one, two))
        return mean_spread(100 * (np.asarray(first) - np.asarray(second)))

    def best(self, labels: int) -> Regime:
        """The regime of greatest mean test accuracy with so many labels."""
        return max(self.regimes, key=lambda regime: self.spread(regime, labels).mean)


def judged(
    named: Named,
    test: np.ndarray,
    train: np.ndarray,
    classes: int,
    seconds: float,
) -> dict[str, Any]:
    """An `Outcome` as JSON.

    Args:
      named: what the runs said.
      test: [m] right classes.
      train: [runs, labels] right classes.
      classes: number of classes.
      seconds: that all runs took.
    """
    right = np.broadcast_to(test, named.test.shape)
    kinds = np.arange(classes)
    counts = confusion_matrix(right.ravel(), named.test.ravel(), labels=kinds)
    return Outcome(
        test=np.mean(named.test == right, 1).tolist(),
        train=np.mean(named.train == train, 1).tolist(),
        confusion=counts.tolist(),
        seconds=seconds / len(named.test),
    )._asdict()
