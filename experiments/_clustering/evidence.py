"""The measured facts, arranged for tables, figures and words."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from aejax.metrics import clustering
from aejax.metrics.summary import Spread, mean_spread

PAPER_ACCURACY = 0.887
"""Of JointVAE on MNIST (Dupont, arXiv:1804.00104)."""

PAPER_DATASET = "mnist"
"""Only on this data set is a comparison with the paper one of like with like."""

PIXELS, CODES = "k-means on pixels", "k-means on VAE codes"


class Variant(NamedTuple):
    """A kind of JointVAE.

    Attributes:
      zdim: length of the continuous latent.
      capacity: last capacity of the continuous latent, nats; None for the loss
        without capacities.
      beta: weight of the KLs without capacities; None with them.
      agreement: weight of the contrast by which similar images are to agree; 0 in
        the paper.
    """

    zdim: int
    capacity: float | None
    beta: float | None
    agreement: float = 0.0

    @property
    def label(self) -> str:
        """For tables and figures."""
        weight = ("β", self.beta) if self.capacity is None else ("C", self.capacity)
        term = "{} = {:g}".format(*weight)
        return f"d = {self.zdim}, {term}{', agreement' if self.agreement else ''}"

    @property
    def name(self) -> str:
        """Of its members, without their seed."""
        weight = (
            f"beta={self.beta:g}"
            if self.capacity is None
            else f"capacity={self.capacity:g},agreement={self.agreement:g}"
        )
        return f"zdim={self.zdim},{weight}"

    def member(self, seed: int) -> str:
        """Name of the member of this kind with a seed."""
        return f"{self.name},seed={seed}"


class Found(NamedTuple):
    """Groups that one seed found, against the classes of the test images.

    Attributes:
      seed: of it.
      counts: [categories, classes] test images.
    """

    seed: int
    counts: np.ndarray

    @property
    def accuracy(self) -> float:
        """With the best one-to-one matching."""
        return clustering.match(self.counts).accuracy

    @property
    def nmi(self) -> float:
        """Normalised mutual information."""
        return clustering.nmi(self.counts)


class Seen(NamedTuple):
    """One trained JointVAE.

    Attributes:
      variant: its kind.
      found: its groups after the training.
      epochs: [looks], passes over the training images.
      accuracy, nmi: [looks], on the test images.
      last: its last record.
      seconds: its share of the training time of its group.
    """

    variant: Variant
    found: Found
    epochs: np.ndarray
    accuracy: np.ndarray
    nmi: np.ndarray
    last: Mapping[str, Any]
    seconds: float


class Told(NamedTuple):
    """The conditional VAE's pictures.

    Attributes:
      pictures: [classes, columns, h, w, c]; a column has one z.
      share: of further samples, those that the judge names as they were asked for.
      samples: number of these.
      judge: a sentence about the judge.
      zdim: length of its latent.
    """

    pictures: np.ndarray
    share: float
    samples: int
    judge: str
    zdim: int


class Evidence(NamedTuple):
    """All that the report is made from.

    Attributes:
      seen: every JointVAE.
      references: label -> groups of each seed.
      told: of the conditional VAE.
      samples: of `best`, [categories, columns, h, w, c]; a column has one z.
      dataset: name of the data set.
      classes: names of the classes.
      test_images: number of test images.
      convolutional: whether the networks are, like the paper's.
      gamma: weight of the capacity terms.
      gamma_c: that of the category's beside the agreement.
    """

    seen: Sequence[Seen]
    references: Mapping[str, Sequence[Found]]
    told: Told
    samples: np.ndarray
    dataset: str
    classes: Sequence[str]
    test_images: int
    convolutional: bool
    gamma: float
    gamma_c: float

    @property
    def variants(self) -> list[Variant]:
        """Every kind once."""
        return list(dict.fromkeys(seen.variant for seen in self.seen))

    @property
    def best(self) -> Seen:
        """The model of greatest accuracy."""
        return best(self.seen)

    @property
    def methods(self) -> dict[str, Sequence[Found]]:
        """Label -> groups of each seed: JointVAEs, then references."""
        own = {v.label: [seen.found for seen in self.of(v)] for v in self.variants}
        return {**own, **self.references}

    def of(self, variant: Variant) -> list[Seen]:
        """The models of a kind, one per seed."""
        return [seen for seen in self.seen if seen.variant == variant]

    def spread(self, label: str, measure: str = "accuracy") -> Spread:
        """A measure of a method over its seeds."""
        return mean_spread([getattr(one, measure) for one in self.methods[label]])

    def difference(self, variant: Variant, other: Variant, measure: str) -> Spread:
        """A measure of one kind less another's, paired by seed."""
        values, others = (
            np.array([getattr(seen.found, measure) for seen in self.of(v)])
            for v in (variant, other)
        )
        return mean_spread(values - others)

    @property
    def agreed(self) -> list[Variant]:
        """The kinds with agreement."""
        return [v for v in self.variants if v.agreement]

    def comparisons(self) -> list[tuple[Variant, Variant]]:
        """The paper's loss and that without capacities, then agreement and without.

        Both of a pair have the same latent size, the latter also the same capacity.
        """
        plain = [v for v in self.variants if v.capacity is not None and not v.agreement]
        free = [v for v in self.variants if v.capacity is None]
        return [
            *((a, b) for a in plain for b in free if a.zdim == b.zdim),
            *((a, b) for a in self.agreed for b in plain if a[:3] == b[:3]),
        ]


def best(seen: Sequence[Seen]) -> Seen:
    """The model of greatest accuracy, the first of equal ones."""
    return max(seen, key=lambda one: one.found.accuracy)
