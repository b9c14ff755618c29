"""Tables and figures of the report."""

import numpy as np

from aejax.report.figures.grids import sheet
from aejax.report.figures.ranges import Ranges, ranges
from aejax.report.figures.training import curves
from aejax.report.html import Picture, Section
from aejax.report.tables import Cell, Column, Table, interval, number
from experiments._interpolation.evidence import (
    ARC,
    FADE,
    LINE,
    MEASURES,
    Difference,
    Evidence,
    Measure,
    Method,
)

ARROWS = {-1: "less is better", 0: "", 1: "more is better"}


def rows(evidence: Evidence) -> list[dict[str, object]]:
    """Lines of results.csv: a method and seed each, means over pairs."""
    return [
        {
            "path": method.kind,
            "zdim": method.zdim,
            "seed": seed if method.zdim else None,
            **{m.column: getattr(seen, m.column).mean() for m in MEASURES},
        }
        for method in evidence.methods
        for seed, seen in sorted(evidence.seen[method].items())
    ]


def headline(evidence: Evidence) -> Table:
    """One row per method: mean over pairs and half of its 95 % interval."""
    columns = [
        Column("path"),
        Column("d"),
        *[Column(m.label, "", m.format) for m in MEASURES],
    ]
    lines: list[list[Cell]] = []
    for method in evidence.methods:
        cells: list[Cell] = []
        for measure in MEASURES:
            found = evidence.spread(method, measure)
            cells.append((found.mean, found.half_width))
        lines.append([method.kind, method.zdim, *cells])
    caption = (
        f"Mean over {len(evidence.pairs):,} pairs ± half the 95 % interval over pairs; "
        f"each pair averaged over {_seeds(evidence)} seed(s). Distances are in units "
        "of the typical distance between neighbouring real images. " + evidence.judge
    )
    return Table(columns, lines, caption)


def _seeds(evidence: Evidence) -> int:
    return max(len(seeds) for seeds in evidence.seen.values())


def sections(evidence: Evidence) -> list[Section]:
    """The parts of the report."""
    return [_pictures(evidence), _measures(evidence), _along(evidence)]


def _pictures(evidence: Evidence) -> Section:
    figures = [
        Picture(
            sheet(_rows(evidence, [FADE, Method(LINE, d), Method(ARC, d)]), 3),
            f"paths_d{d}",
            f"Paths between pairs of test images, d = {d}, seed 0.",
        )
        for d in evidence.zdims
    ]
    side = [FADE, *(Method(LINE, d) for d in evidence.zdims)]
    beside = Picture(
        sheet(_rows(evidence, side), len(side)),
        "paths",
        "The cross-fade of two test images and the straight lines between their "
        "codes, seed 0.",
    )
    return Section("Paths", figures=[beside, *figures])


def _rows(evidence: Evidence, methods: list[Method]) -> list[tuple[str, np.ndarray]]:
    """Pair after pair, its methods below each other."""
    return [
        (method.label, evidence.shown[method][i])
        for i in range(len(evidence.drawn))
        for method in methods
    ]


def _measures(evidence: Evidence) -> Section:
    panels = [
        Ranges(
            measure.label,
            {m.label: evidence.spread(m, measure) for m in evidence.methods},
            ARROWS[measure.better],
        )
        for measure in MEASURES
    ]
    order = [*evidence.zdims, None]
    colours = [order.index(method.zdim) for method in evidence.methods]
    return Section(
        "Measures",
        "Distances are between features of the judge: from a picture on the path to "
        "the nearest real test image that is not an end of it, divided by the typical "
        "distance between neighbouring real images. Confidence is the probability "
        "that the judge gives to the likeliest class. The ends of a path do not count "
        "in either. The largest step over the mean step is 1 on an even path. The "
        "departure from the cross-fade of a path's own ends is 0 for a linear decoder.",
        figures=[
            Picture(
                ranges(panels, colours),
                "measures",
                f"Means over {len(evidence.pairs):,} random pairs of test images of "
                "different classes, with 95 % intervals over pairs.",
            )
        ],
        tables=[headline(evidence), _differences(evidence)],
    )


def _differences(evidence: Evidence) -> Table:
    columns = [
        Column("path"),
        Column("held against"),
        Column("measure"),
        Column("difference"),
        Column("95 % interval"),
        Column("verdict"),
    ]
    lines: list[list[Cell]] = [
        [
            method.label,
            other.label,
            measure.label,
            number(found.spread.mean, f"+{measure.format}"),
            _interval(found, measure),
            found.verdict,
        ]
        for method, other in evidence.comparisons()
        for measure in MEASURES
        for found in [evidence.difference(method, other, measure)]
    ]
    return Table(
        columns,
        lines,
        "Differences paired by pair of images. Told apart are two paths where the 95 % "
        "interval over pairs excludes 0 and all seeds agree in sign. Two latent sizes "
        "are different models: theirs is the wider one of the interval over pairs and "
        "that over the seeds' means, and of a single seed there is none. What a single "
        "seed says of the other paths holds for its models.",
    )


def _interval(found: Difference, measure: Measure) -> str:
    return interval(found.spread.interval, f"+{measure.format}")


def _along(evidence: Evidence) -> Section:
    frames = len(evidence.along(FADE, "nearest_along")[0])
    t = np.linspace(0, 1, frames)
    chosen = [m for m in evidence.methods if m.kind != ARC]
    drawn = {
        "nearest_along": "distance to the nearest real image",
        "confidence_along": "judge's confidence",
    }
    figures = [
        Picture(
            curves(
                {m.label: (t, evidence.along(m, name)) for m in chosen},
                xlabel="place on the path",
                ylabel=label,
            ),
            name,
            f"Along the path: {label}, mean over pairs; the band is from the least to "
            "the greatest seed.",
        )
        for name, label in drawn.items()
    ]
    return Section("Along the path", figures=figures)
