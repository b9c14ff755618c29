"""Figures of a report: arrays in, a `matplotlib.figure.Figure` out."""

from aejax.report.figures.grids import correlation_matrices, reconstructions
from aejax.report.figures.sizes import Panel, against, against_panels
from aejax.report.figures.training import curves

__all__ = [
    "Panel",
    "against",
    "against_panels",
    "correlation_matrices",
    "curves",
    "reconstructions",
]
