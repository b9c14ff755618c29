"""A view of a measure against what a model costs."""

import dataclasses
from collections.abc import Mapping, Sequence

from aejax.lab.blocks.views import View
from aejax.lab.results import Condition, Measure, Results
from aejax.report import figures
from aejax.report.html import CaptionedFigure


@dataclasses.dataclass(frozen=True)
class Tradeoff:
    """A measure against a cost, a line for each factor that is varied.

    Attributes:
      cost: that a condition has with every seed, such as its parameters.
      measure: mean and standard deviation over seeds; logarithmic if it is so.
      paths: factor -> the conditions along which it is varied; its values stand beside
        their points.
      names: factor -> its name in the legend.
      name: of the figure's files.
      caption: what is shown, and how to read it.
    """

    cost: Measure
    measure: Measure
    paths: Mapping[str, Sequence[Condition]]
    names: Mapping[str, str]
    name: str
    caption: str

    def views(self, results: Results) -> list[View]:
        """The figure; none where nothing is varied."""
        if not self.paths:
            return []
        paths = {
            self.names[factor]: figures.Path(
                results.by_seed(self.cost, conditions).mean(1),
                self.measure.scale * results.by_seed(self.measure, conditions).T,
                [str(c[factor]) for c in conditions],
            )
            for factor, conditions in self.paths.items()
        }
        drawing = figures.tradeoff(
            paths,
            xlabel=self.cost.label,
            ylabel=self.measure.head,
            log_y=self.measure.log,
        )
        return [CaptionedFigure(drawing, self.name, self.caption)]
