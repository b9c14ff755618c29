"""The measured facts, arranged for tables, figures and words."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.metrics import confusion_matrix

from aejax.metrics.summary import NOT_TOLD, Spread, mean_spread, verdict
from experiments._transfer.contest import Named
from experiments._transfer.regimes import FROZEN, TUNED, Regime

TRAINED = 99.0
"""Below this accuracy on its labelled images, in percent, training was too short."""


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


class Difference(NamedTuple):
    """Accuracies less others, in points.

    Attributes:
      spread: over all runs. Runs of one seed share its encoder, so the interval
        speaks of draws, for these encoders.
      by_seed: mean of each seed.
    """

    spread: Spread
    by_seed: Sequence[float]

    def verdict(self, below: str, above: str) -> str:
        """`summary.verdict`, but one of the two only where all seeds agree in sign."""
        found = verdict(self.spread, below, above)
        agree = len(set(np.sign(self.by_seed))) == 1
        return found if agree or found not in (below, above) else NOT_TOLD


class Evidence(NamedTuple):
    """All that the report is made from.

    Attributes:
      outcomes: of every regime and number of labels.
      regimes: in the order of tables.
      labels: numbers of labels, rising.
      draws, seeds: label draws of each seed, and seeds.
      steps: of training on labels, "head" alone and "network".
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
    steps: Mapping[str, int]
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

    def difference(
        self, labels: int, one: Regime = TUNED, two: Regime = FROZEN
    ) -> Difference:
        """Test accuracy of `one` less that of `two`, paired by run."""
        first, second = (self.outcomes[r, labels].test for r in (one, two))
        return self._difference(np.asarray(first) - np.asarray(second))

    def beyond(self, goal: float, regime: Regime, labels: int) -> Difference:
        """Test accuracy of a regime less a goal in percent."""
        return self._difference(
            np.asarray(self.outcomes[regime, labels].test) - goal / 100
        )

    def _difference(self, shares: np.ndarray) -> Difference:
        points = 100 * shares
        by_seed = points.reshape(self.seeds, self.draws).mean(1)
        return Difference(mean_spread(points), by_seed.tolist())

    def is_unfinished(self, regime: Regime, labels: int) -> bool:
        """Whether its training ended before it knew its own labelled images."""
        known = self.spread(regime, labels, "train").mean
        return regime.stepwise and known < TRAINED

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
