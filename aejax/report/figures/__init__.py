"""Figures of a report: arrays in, a `matplotlib.figure.Figure` out."""

from aejax.report.figures.confusion import confusion
from aejax.report.figures.forest import forest
from aejax.report.figures.grids import (
    correlation_matrices,
    reconstructions,
    sheet,
)
from aejax.report.figures.matrices import matrices
from aejax.report.figures.measured_lines import measured_lines
from aejax.report.figures.patches import patches
from aejax.report.figures.planes import decoded_planes
from aejax.report.figures.predictions import predictions
from aejax.report.figures.scatter import scatters
from aejax.report.figures.sizes import Panel, against, against_panels
from aejax.report.figures.strips import strips
from aejax.report.figures.tradeoff import Path, tradeoff
from aejax.report.figures.training import curves

__all__ = [
    "Panel",
    "Path",
    "against",
    "against_panels",
    "confusion",
    "correlation_matrices",
    "curves",
    "decoded_planes",
    "forest",
    "matrices",
    "measured_lines",
    "patches",
    "predictions",
    "reconstructions",
    "scatters",
    "sheet",
    "strips",
    "tradeoff",
]
