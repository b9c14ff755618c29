"""What a paper reports, beside the same measure of this run."""

import dataclasses
from collections.abc import Mapping, Sequence

from aejax.lab.blocks import phrases
from aejax.lab.blocks.claim import Claim
from aejax.lab.blocks.comparisons import Beats
from aejax.lab.results import Condition, Measure, Results


@dataclasses.dataclass(frozen=True)
class Published:
    """Published values, with which a run on the data set of the paper is compared.

    On other data nothing is claimed, and the report says so.

    Attributes:
      measure: in which figure.
      values: condition -> value of the published model.
      source: the paper, such as "Burda et al. (2016)".
      on: name of the paper's data set.
      findings: the conditions whose claims are findings; all if None.
      differs: how the published model differs, such as "its network is convolutional".
    """

    measure: Measure
    values: Mapping[Condition, float]
    source: str
    on: str
    findings: Sequence[Condition] | None = None
    differs: Sequence[str] = ()

    def claims(self, results: Results) -> list[Claim]:
        """One for each condition."""
        if results.data.name != self.on:
            return []
        return [
            claim
            for c, value in self.values.items()
            for claim in Beats(
                c,
                self.measure,
                value=value,
                source=self.source,
                finding=self.findings is None or c in self.findings,
            ).claims(results)
        ]

    def notes(self, results: Results) -> list[str]:
        """What a reader must know of the comparison, or why there is none."""
        if not self.values:
            return []
        if results.data.name != self.on:
            values = list(dict.fromkeys(self.values.values()))
            return [
                phrases.not_compared(
                    self.measure, values, self.source, self.on, results.data.name
                )
            ]
        return [phrases.differs(self.differs)] if self.differs else []
