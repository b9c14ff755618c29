"""Figures of a report: arrays in, a `matplotlib.figure.Figure` out."""

from aejax.report.figures.grids import (
    correlation_matrices,
    reconstructions,
    sheet,
)
from aejax.report.figures.ranges import Ranges, ranges
from aejax.report.figures.sizes import Panel, against, against_panels
from aejax.report.figures.tradeoff import Path, tradeoff
from aejax.report.figures.training import curves

__all__ = [
    "Panel",
    "Path",
    "Ranges",
    "against",
    "against_panels",
    "correlation_matrices",
    "curves",
    "ranges",
    "reconstructions",
    "sheet",
    "tradeoff",
]
