"""A view that is a sheet: rows of images, each with its label."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from aejax.lab.blocks.views import View
from aejax.lab.results import Among, Results
from aejax.report import figures
from aejax.report.html import CaptionedFigure


@dataclasses.dataclass(frozen=True)
class Sheet:
    """Rows of images of some conditions, of the first seed.

    An array [columns, h, w, c] is one row, with the condition's label. Of an array
    [rows, columns, h, w, c] each row has a label of its own, if `rows` gives them;
    otherwise all conditions' first rows stand below each other, then a gap and all
    second rows, and so on.

    Attributes:
      name: of the figure's files, and of the array if `arrays` is empty.
      caption: what is shown, and how to read it.
      among: the conditions, or factors that they have; None for all. Those without
        the array are left out.
      arrays: name of an array -> what its rows' labels have after the condition's.
      rows: labels of the rows, or "classes" for the names of the classes.
    """

    name: str
    caption: str
    among: Among = None
    arrays: Mapping[str, str] = dataclasses.field(default_factory=dict)
    rows: str | Sequence[str] = ()

    def views(self, results: Results) -> list[View]:
        """The figure; none where no condition has the array."""
        known = [
            (f"{condition.label}, {word}" if word else condition.label, found)
            for condition in results.among(self.among)
            for array, word in (self.arrays or {self.name: ""}).items()
            if (found := results.array(array, condition)) is not None
        ]
        if not known:
            return []
        rows, block = known, 0
        if known[0][1].ndim == 5:
            rows, block = self._labelled(known, results), len(known)
        drawing = figures.sheet(rows, block if block > 1 else 0)
        return [CaptionedFigure(drawing, self.name, self.caption)]

    def _labelled(
        self, known: Sequence[tuple[str, Any]], results: Results
    ) -> list[tuple[str, Any]]:
        """Row after row; of each, condition after condition."""
        names = results.data.class_names if self.rows == "classes" else self.rows
        return [
            (names[i] if names else label, found[i])
            for i in range(len(known[0][1]))
            for label, found in known
        ]
