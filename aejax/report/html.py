"""The report of a study: one HTML file that needs nothing else."""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib.figure import Figure

from aejax.lab.run.files import write_atomically
from aejax.report.style import KINDS, render, save
from aejax.report.tables import Table

_LOOSE_SPACE = re.compile(
    r" (?=[±=%\N{MULTIPLICATION SIGN}])|(?<=[±=\N{MULTIPLICATION SIGN}]) |(?<=%) (?=CI)"
)


@dataclass(frozen=True)
class CaptionedFigure:
    """A figure with its words.

    Attributes:
      figure: the figure.
      name: file name without ending, for `Report.save_figures`.
      caption: what is seen and what it says; the number is added.
      alt: for readers who cannot see it; the caption if empty.
    """

    figure: Figure
    name: str
    caption: str
    alt: str = ""

    @property
    def source(self) -> str:
        """The figure as a `data:` address of an SVG."""
        content = b64encode(render(self.figure, "svg")).decode()
        return f"data:image/svg+xml;base64,{content}"

    @property
    def width(self) -> float:
        """Natural width in inches."""
        return float(self.figure.get_figwidth())


@dataclass(frozen=True)
class Part:
    """A part of the report: words, then figures, then tables.

    Attributes:
      title: heading.
      text: paragraphs, separated by empty lines.
      figures: numbered through the whole report.
      tables: numbered through the whole report.
      notes: remarks, each shown in a box.
    """

    title: str
    text: str = ""
    figures: Sequence[CaptionedFigure] = ()
    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Report:
    """All that a reader gets; every text is plain and is escaped.

    Attributes:
      title: heading.
      subtitle: one line below it.
      findings: what was found, first in the report; one line each.
      explanation: paragraphs below them, separated by empty lines.
      sections: the parts, listed in the table of contents.
      notes: warnings for the whole study, such as data that were replaced.
      facts: configuration, data, versions, device and time; nested mappings
        become groups.
    """

    title: str
    subtitle: str
    findings: Sequence[str]
    explanation: str
    sections: Sequence[Part]
    notes: Sequence[str] = ()
    facts: Mapping[str, object] = field(default_factory=dict)

    def html(self) -> str:
        """The report as one self-contained HTML document."""
        return environment().get_template("template.html").render(report=self)

    def write(self, path: Path) -> Path:
        """Writes the document, atomically; returns the path."""
        return write_atomically(path, self.html().encode())

    def figure_names(self) -> list[str]:
        """Names of the files that `save_figures` writes."""
        figures = [figure for part in self.sections for figure in part.figures]
        return [f"{one.name}.{kind}" for one in figures for kind in KINDS]

    def save_figures(self, folder: Path) -> list[Path]:
        """Writes every figure as PNG and SVG; returns the paths."""
        figures = [figure for part in self.sections for figure in part.figures]
        return [path for p in figures for path in save(p.figure, folder, p.name)]


def environment() -> Environment:
    """Of the templates beside this file: everything is escaped."""
    found = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["paragraphs"] = _paragraphs
    found.filters["unbroken"] = unbroken
    found.tests["group"] = lambda value: isinstance(value, Mapping)
    return found


def unbroken(text: str) -> str:
    """No line break inside "0.20 ± 0.01", "d = 4" or "95 %"."""
    return _LOOSE_SPACE.sub("\N{NO-BREAK SPACE}", text)


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in text.split("\n\n") if part.strip()]
