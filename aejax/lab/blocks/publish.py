"""Writes what a run gives: results.csv, figures, the report, the console's summary."""

import dataclasses
import shutil
import textwrap
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from aejax.lab.blocks import phrases
from aejax.lab.blocks.sections import Rendered, Section, render
from aejax.lab.results import Results
from aejax.lab.run.belongings import FIGURES
from aejax.lab.run.files import write_atomically, write_json
from aejax.lab.run.workdir import Workdir
from aejax.report.html import Report, unbroken
from aejax.report.tables import Table, write_csv

MOST_WIDTH = 100


@dataclasses.dataclass(frozen=True)
class Publication:
    """A report and what the console shows of it.

    Attributes:
      report: the whole.
      headlines: tables for the console.
    """

    report: Report
    headlines: tuple[Table, ...]

    def text(self, width: int | None = None, without: Collection[str] = ()) -> str:
        """Title, notes, findings and the first table, for a console of a width.

        Args:
          width: of the console; that of this one if None.
          without: notes that it has shown already.
        """
        columns = width or shutil.get_terminal_size((80, 24)).columns
        wide = min(columns, MOST_WIDTH)
        report = self.report
        blocks = [f"{report.title} ({report.subtitle})"]
        blocks += [_wrapped(n, wide) for n in report.notes if n not in without]
        blocks += [table.text(columns) for table in self.headlines[:1]]
        blocks.append("\n".join(_wrapped(f, wide, "- ") for f in report.findings))
        blocks += [_wrapped(p, wide) for p in report.explanation.split("\n\n")]
        return "\n\n".join(block for block in blocks if block)


def publication(
    title: str,
    sections: Sequence[Section],
    results: Results,
    facts: Mapping[str, Any],
) -> Publication:
    """The report of results.

    Args:
      title: of the report.
      sections: what it consists of; those of words alone are left out.
      results: from which every figure in it is computed.
      facts: configuration, data, versions ... for its end.
    """
    parts = [render(section, results) for section in sections]
    rendered = [part for part in parts if not part.is_empty]
    data = results.data
    findings = [f for part in rendered for f in part.findings]
    if results.lost:
        models = int(np.isfinite(np.asarray(results.seconds, float)).sum())
        findings.append(phrases.diverged(results.lost, models))
    sizes = f"{len(data.train.images):,} + {len(data.test.images):,}"
    seeds = phrases.count(results.seeds, "seeds")
    report = Report(
        title=title,
        subtitle=f"{data.name}, {sizes} images, {seeds}",
        findings=findings,
        explanation="\n\n".join(_explanations(rendered)),
        sections=[part.part for part in rendered],
        notes=[*data.notes, *(n for part in rendered for n in part.part.notes)],
        facts={**facts, **results.facts},
    )
    # A caution stands once, at the head.
    report = dataclasses.replace(
        report,
        sections=[dataclasses.replace(part, notes=()) for part in report.sections],
    )
    return Publication(report, tuple(t for part in rendered for t in part.headlines))


def _explanations(rendered: Sequence[Rendered]) -> list[str]:
    """All in one paragraph: what explains the findings."""
    texts = [text for part in rendered for text in part.explanations]
    return [" ".join(dict.fromkeys(texts))] if texts else []


def write(folder: Workdir, found: Publication, results: Results) -> None:
    """Writes everything; the summary, last, marks the end of the run.

    Raises:
      OSError: it cannot be written.
    """
    write_csv(folder / "results.csv", results.rows())
    # Noted before they are drawn: what is noted is the run's own.
    names = [f"figures/{name}" for name in found.report.figure_names()]
    write_json(folder / FIGURES, names)
    found.report.save_figures(folder / "figures")
    found.report.write(folder / "report.html")
    write_atomically(folder / "summary.txt", f"{found.text()}\n".encode())


def with_place(text: str, folder: Workdir) -> str:
    """A summary, and where the report is now."""
    return f"{text.rstrip()}\n\nreport: {folder / 'report.html'}\n"


def _wrapped(text: str, width: int, lead: str = "") -> str:
    # textwrap keeps no-break spaces; a console gets plain ones.
    wrapped = textwrap.fill(
        unbroken(text),
        width,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return wrapped.replace("\N{NO-BREAK SPACE}", " ")
