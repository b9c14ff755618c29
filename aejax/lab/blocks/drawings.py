"""Views that are figures, each a block that a section lists."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from aejax import images as im
from aejax.errors import UserError
from aejax.lab.blocks import phrases
from aejax.lab.blocks.views import View, scaled
from aejax.lab.results import Among, Condition, Measure, Results
from aejax.report import figures
from aejax.report.figures.forest import Panel as ForestPanel
from aejax.report.html import CaptionedFigure
from aejax.report.style import Figure as Drawing


@dataclasses.dataclass(frozen=True)
class Lines:
    """Measures against a factor, a panel each, seeds and their mean.

    Attributes:
      measures: the panels.
      x: the factor.
      label: of the factor.
      log2x: factor on a logarithmic axis.
      series: factor whose values are the lines; a single line if empty.
      series_label: of the single line.
      names: value of the series' factor -> label of its line; the value if not given.
      references: baselines, drawn where they have the measure, or conditions, whose
        mean over seeds is drawn.
      among: the conditions, or factors that they have; None for all.
      intervals: bars are 95 % intervals, and seeds are not drawn.
      name: of the figure's files.
      note: a sentence for the caption.
    """

    measures: Sequence[Measure]
    x: str
    label: str = ""
    log2x: bool = True
    series: str = ""
    series_label: str = "autoencoder"
    names: Mapping[Any, str] = dataclasses.field(default_factory=dict)
    references: Sequence[str | Condition] = ()
    among: Among = None
    intervals: bool = False
    name: str = "measures"
    note: str = ""

    def views(self, results: Results) -> list[View]:
        """The figure; none without conditions.

        Raises:
          UserError: a logarithmic axis of values that are not above 0.
        """
        chosen = [c for c in results.among(self.among) if self.x in c.factors]
        sizes = sorted({float(c[self.x]) for c in chosen})
        if not sizes:
            return []
        if self.log2x and sizes[0] <= 0:
            raise UserError(
                f"{self.x} = {sizes[0]:g} has no place on a logarithmic axis; use "
                "log2x=False, or leave it out by among=..."
            )
        panels = [self._panel(results, chosen, sizes, m) for m in self.measures]
        label = self.label or self.x
        drawing = figures.against_panels(sizes, panels, xlabel=label, log2x=self.log2x)
        labels = [m.label for m in self.measures]
        caption = phrases.lines_caption(labels, label, results.seeds, self.intervals)
        return [CaptionedFigure(drawing, self.name, f"{caption} {self.note}".strip())]

    def _panel(
        self,
        results: Results,
        chosen: Sequence[Condition],
        sizes: Sequence[float],
        measure: Measure,
    ) -> figures.Panel:
        kinds = list(dict.fromkeys(c.factors.get(self.series) for c in chosen))
        series = {}
        for kind in kinds:
            own = {
                float(c[self.x]): c
                for c in chosen
                if c.factors.get(self.series) == kind
            }
            columns = [
                results.by_seed(measure, [own[size]])[0]
                if size in own
                else np.full(results.seeds, np.nan)
                for size in sizes
            ]
            label = (
                self.names.get(kind, str(kind)) if self.series else self.series_label
            )
            series[label] = measure.scale * np.stack(columns, 1)
        first = {float(c[self.x]): results.place(c) for c in reversed(chosen)}
        places = [first[size] for size in sizes]
        references: dict[str, Any] = {}
        for one in self.references:
            if isinstance(one, Condition):
                references[one.label] = measure.scale * results.mean(measure, one)
            elif (level := results.baseline(one, measure)) is not None:
                references[one] = measure.scale * level[places]
        drawn = [*series.values(), *references.values()]
        everything = np.concatenate([np.ravel(values) for values in drawn])
        known = everything[np.isfinite(everything)]
        least, most = known.min(initial=np.inf), known.max(initial=0)
        return figures.Panel(
            measure.head,
            series,
            references,
            log_y=measure.log,
            # Of values that are far from zero the axis would show nothing else.
            from_zero=not measure.log and 0 <= least <= most / 2,
            intervals=self.intervals,
        )


@dataclasses.dataclass(frozen=True)
class Forest:
    """Means with 95 % intervals, a row per condition, a panel per measure.

    Attributes:
      measures: the panels.
      among: the conditions, or factors that they have; None for all.
      colours: a colour's number for each condition; one colour if empty.
      name: of the figure's files.
      note: a sentence for the caption.
    """

    measures: Sequence[Measure]
    among: Among = None
    colours: Sequence[int] = ()
    name: str = "forest"
    note: str = ""

    def views(self, results: Results) -> list[View]:
        """The figure."""
        chosen = results.among(self.among)
        panels = [
            ForestPanel(
                m.head,
                {c.label: scaled(results.estimate(m, c), m.scale) for c in chosen},
                f"{m.better} is better" if m.better else "",
            )
            for m in self.measures
        ]
        drawing = figures.forest(panels, self.colours or None)
        caption = phrases.forest_caption([m.label for m in self.measures], "seeds")
        return [CaptionedFigure(drawing, self.name, f"{caption} {self.note}".strip())]


@dataclasses.dataclass(frozen=True)
class Curves:
    """A recorded metric during training, a line per condition, band over seeds.

    Attributes:
      metric: its name in the records.
      label: with unit, for the axis.
      log: logarithmic axis.
      among: the conditions, or factors that they have; None for all that are trained.
      per_epoch: steps of an epoch: the axis then counts epochs.
      levels: conditions without a curve, drawn at their level of the measure that has
        the metric's name.
      name: of the figure's files.
      note: a sentence for the caption.
    """

    metric: str
    label: str
    log: bool = False
    among: Among = None
    per_epoch: float = 0.0
    levels: Sequence[Condition] = ()
    name: str = "training"
    note: str = ""

    def views(self, results: Results) -> list[View]:
        """The figure; none where nothing was recorded."""
        chosen = [c for c in results.among(self.among) if c.model is not None]
        runs = {}
        for condition in chosen:
            steps, values = results.curves(self.metric, condition)
            if len(steps):
                runs[condition.label] = (steps / (self.per_epoch or 1), values)
        if not runs:
            return []
        widest = max((x for x, _ in runs.values()), key=len)
        for condition in self.levels:
            level = results.by_seed(self.metric, [condition])[0]
            values = np.repeat(level[:, None], len(widest), axis=1)
            runs[condition.label] = (widest, values)
        drawing = figures.curves(
            runs,
            xlabel="epoch" if self.per_epoch else "step",
            ylabel=self.label,
            log_y=self.log,
        )
        caption = phrases.curves_caption(self.label.partition(" [")[0], results.seeds)
        return [CaptionedFigure(drawing, self.name, f"{caption} {self.note}".strip())]


@dataclasses.dataclass(frozen=True)
class Images:
    """Test images, one of each class, above what each condition makes of them.

    Attributes:
      name: of the array [classes, h, w, c] in `Results.arrays`, and of the files.
      among: the conditions, or factors that they have; None for all with the array.
      caption: instead of that of reconstructions.
      originals: whether the test images stand above.
      file: name of the files, where it is not that of the array.
    """

    name: str = "reconstructions"
    among: Among = None
    caption: str = ""
    originals: bool = True
    file: str = ""

    def views(self, results: Results) -> list[View]:
        """The figure."""
        chosen = [
            c
            for c in results.among(self.among)
            if results.array(self.name, c) is not None
        ]
        if not chosen:
            return []
        rows = {c.label: results.array(self.name, c) for c in chosen}
        caption = self.caption or (
            f"{results.data.shown}, and their reconstructions, seed 0."
        )
        if self.originals:
            shown = results.data.test.images[results.data.one_per_class]
            drawing = figures.reconstructions(np.asarray(im.unit(shown)), rows)
        else:
            drawing = figures.sheet(list(rows.items()))
        return [CaptionedFigure(drawing, self.file or self.name, caption)]


@dataclasses.dataclass(frozen=True)
class Figure:
    """A study's own figure.

    Attributes:
      name: of its files.
      draw: `results -> matplotlib.figure.Figure`, or None where there is nothing.
      caption: what is shown, and how to read it.
    """

    name: str
    draw: Callable[[Results], Drawing | None]
    caption: str

    def views(self, results: Results) -> list[View]:
        """The figure."""
        drawing = self.draw(results)
        return (
            []
            if drawing is None
            else [CaptionedFigure(drawing, self.name, self.caption)]
        )
