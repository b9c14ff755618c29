"""A question and its answer, with formulas, claims, figures and code.

Sections are rendered one by one (`Lesson.html`), so that a page of many can be put
together from what was rendered before (`aejax.report.pages`).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from jinja2 import Template
from markupsafe import Markup, escape

from aejax.report import formula
from aejax.report.figures import shown
from aejax.report.html import CaptionedFigure, environment
from aejax.report.tables import Table

_CODE = re.compile(r"`([^`]+)`")


class Verdict(NamedTuple):
    """A claim and what came of it.

    Attributes:
      statement: what is claimed.
      measured: the figure that decides.
      must_be: what it must be.
      holds: None where it cannot be tested, as with one seed.
    """

    statement: str
    measured: str
    must_be: str
    holds: bool | None

    @property
    def mark(self) -> str:
        """For a reader."""
        return {True: "✓ yes", False: "✗ no", None: "not testable"}[self.holds]

    @property
    def word(self) -> str:
        """For a style sheet."""
        return {True: "holds", False: "fails", None: "untested"}[self.holds]


@dataclass(frozen=True)
class DataFigure(CaptionedFigure):
    """A figure that knows its data.

    Attributes:
      columns: name -> values, all of one length or single values, in full precision;
        read from the figure if there are none (`figures.shown`).
    """

    columns: Mapping[str, object] = field(default_factory=dict)

    def rows(self) -> list[dict[str, object]]:
        """The lines of its CSV file."""
        columns = self.columns or shown.values(self.figure)
        arrays = _alike(columns.values())
        return [
            dict(zip(columns, line, strict=True)) for line in zip(*arrays, strict=True)
        ]


class Listing(NamedTuple):
    """Code that the reader is shown.

    Attributes:
      title: what it is.
      source: the code.
    """

    title: str
    source: str


@dataclass(frozen=True)
class Lesson:
    """All that a section of the page consists of; every text is plain and is escaped.

    Attributes:
      number: in the catalogue.
      name: of its command, and its anchor on the page.
      title: heading.
      question: one sentence.
      answer: paragraphs, separated by empty lines; `code` between backticks.
      formulas: (LaTeX for mathtext, what it says).
      verdicts: name -> claim and outcome.
      claims_caption: how they were decided.
      figures: numbered within the section.
      tables: numbered after that of the claims.
      listings: code.
      notes: remarks in a box.
      messages: what a machine said of the data, for the end of the page.
      references: literature.
    """

    number: int
    name: str
    title: str
    question: str
    answer: str
    formulas: Sequence[tuple[str, str]]
    verdicts: Mapping[str, Verdict]
    claims_caption: str
    figures: Sequence[DataFigure] = ()
    tables: Sequence[Table] = ()
    listings: Sequence[Listing] = ()
    notes: Sequence[str] = ()
    messages: Sequence[str] = ()
    references: Sequence[str] = ()

    def html(self) -> str:
        """The section."""
        return template("lesson.html").render(lesson=self)


def as_code(text: str) -> Markup:
    """Escaped text in which `this` stands as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))


def long(series: Mapping[str, Mapping[str, object]], by: str) -> dict[str, np.ndarray]:
    """Columns of several series below each other, with a column that names them.

    Args:
      series: name -> column -> values, the same columns in each.
      by: name of the column that says which series a row is of.
    """
    parts = {name: _alike(columns.values()) for name, columns in series.items()}
    heads = list(next(iter(series.values())))
    names = np.concatenate([[name] * len(part[0]) for name, part in parts.items()])
    return {
        by: names,
        **{
            head: np.concatenate([part[i] for part in parts.values()])
            for i, head in enumerate(heads)
        },
    }


def _alike(columns: Iterable[object]) -> list[np.ndarray]:
    """Columns of equal length; single values are repeated."""
    arrays = [np.atleast_1d(np.asarray(column)) for column in columns]
    return list(np.broadcast_arrays(*arrays))


def pixels(images: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Columns of images [h, w], a row per pixel: image, row, column, value."""
    series: dict[str, Mapping[str, object]] = {}
    for name, image in images.items():
        rows, columns = np.indices(np.shape(image))
        series[name] = {
            "row": rows.ravel(),
            "column": columns.ravel(),
            "value": np.ravel(image),
        }
    return long(series, "image")


def template(name: str) -> Template:
    """A template that knows formulas and code."""
    found = environment()
    found.filters["formula"] = formula.svg
    found.filters["code"] = as_code
    return found.get_template(name)
