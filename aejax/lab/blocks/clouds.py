"""Views by class: codes of test images as points of a plane, confusion matrices."""

import dataclasses

from aejax.lab.blocks.views import View
from aejax.lab.results import Among, Condition, Results
from aejax.report import figures
from aejax.report.html import CaptionedFigure


@dataclasses.dataclass(frozen=True)
class Clouds:
    """Codes of the test images of some conditions, a panel each, of the first seed.

    Attributes:
      name: of the figure's files.
      caption: what is shown, and how to read it.
      among: the conditions, or factors that they have; None for all. Those without
        the array are left out.
      array: name of the array [n, 2] in `Results.arrays`; of [n, 1] both axes are the
        only one.
      ring: radius of a circle around the origin, and what it is; None for none.
    """

    name: str
    caption: str
    among: Among = None
    array: str = "codes"
    ring: tuple[float, str] | None = None

    def views(self, results: Results) -> list[View]:
        """The figure; none where no condition has the array."""
        panels = results.labelled(self.array, self.among)
        if not panels:
            return []
        labels, names = results.data.test.labels, results.data.class_names
        drawing = figures.scatters(panels, labels, names, self.ring)
        return [CaptionedFigure(drawing, self.name, self.caption)]


@dataclasses.dataclass(frozen=True)
class Confusion:
    """Which classes a condition takes for which, in percent of each class.

    Attributes:
      name: of the figure's files, and of the array [classes, classes] of counts.
      caption: what is shown, and how to read it.
      of: the condition; its label stands above.
    """

    name: str
    caption: str
    of: Condition

    def views(self, results: Results) -> list[View]:
        """The figure."""
        counts = results.array(self.name, self.of)
        drawing = figures.confusion(
            counts, results.data.class_names, title=self.of.label
        )
        return [CaptionedFigure(drawing, self.name, self.caption)]
