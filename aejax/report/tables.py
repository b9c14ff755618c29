"""One table, shown on a console, in HTML and in Markdown; and results as CSV."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from aejax.lab.run.files import write_atomically
from aejax.stats import Estimate

Cell = str | bool | int | float | tuple[float, float] | Estimate | None
"""A value; (mean, spread) or an `Estimate` is shown as mean ± standard deviation."""

MISSING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"

PROSE = 30
"""A text of more characters than this may be broken into lines."""


@dataclass(frozen=True)
class Column:
    """Head of a column.

    Attributes:
      header: name of the quantity.
      unit: its unit, shown in brackets; "" for none.
      format: format specification of its numbers, such as ".4f".
    """

    header: str
    unit: str = ""
    format: str = ".4g"

    @property
    def head(self) -> str:
        """Header with unit."""
        return f"{self.header} [{self.unit}]" if self.unit else self.header


@dataclass(frozen=True)
class Table:
    """Rows of values under typed columns.

    Attributes:
      columns: the heads.
      rows: one cell per column. None and nan are shown as a dash.
      caption: what the table shows.
      is_headline: whether the console shows it.

    Raises:
      ValueError: if a row has not one cell per column.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    caption: str = ""
    is_headline: bool = False

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"{len(self.columns)} columns, but a row is {row}")

    def text(self, width: int = 80) -> str:
        """Aligned columns for a console of a width, without the caption.

        Columns that do not fit follow below, again behind the first one.
        """
        lines = [[column.head for column in self.columns], *self._cells()]
        widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
        lines.insert(1, ["─" * wide for wide in widths])
        return "\n\n".join(
            "\n".join(self._aligned(line, widths, places) for line in lines)
            for places in _parts(widths, width)
        )

    def html(self) -> str:
        """A `<table>` element, escaped.

        Columns of numbers have the class "number", those of sentences "prose".
        """
        kinds = [f' class="{kind}"' if kind else "" for kind in self._kinds()]
        heads = [_html_head(column) for column in self.columns]
        lines = [list(map(escape, cells)) for cells in self._cells()]
        head = _html_row("th", heads, kinds)
        body = "\n".join(_html_row("td", cells, kinds) for cells in lines)
        return (
            f"<table>\n<thead>\n{head}\n</thead>\n<tbody>\n{body}\n</tbody>\n</table>"
        )

    def _cells(self) -> list[list[str]]:
        return [
            list(map(_shown, row, (column.format for column in self.columns)))
            for row in self.rows
        ]

    def _numeric(self) -> list[bool]:
        columns = (
            zip(*self.rows, strict=True) if self.rows else [()] * len(self.columns)
        )
        return [not any(isinstance(cell, str) for cell in cells) for cells in columns]

    def _kinds(self) -> list[str]:
        places = range(len(self.columns))
        longest = [
            max((len(row[i]) for row in self._cells()), default=0) for i in places
        ]
        return [
            "number" if right else "prose" if length > PROSE else ""
            for right, length in zip(self._numeric(), longest, strict=True)
        ]

    def _aligned(
        self, line: Sequence[str], widths: Sequence[int], places: Sequence[int]
    ) -> str:
        numeric = self._numeric()
        padded = [
            line[i].rjust(widths[i]) if numeric[i] else line[i].ljust(widths[i])
            for i in places
        ]
        return "  ".join(padded).rstrip()


def _parts(widths: Sequence[int], width: int) -> list[list[int]]:
    """Places of the columns that stand side by side, the first one in each part."""
    parts: list[list[int]] = [[0]]
    room = width - widths[0]
    for place in range(1, len(widths)):
        needed = 2 + widths[place]
        if needed > room and len(parts[-1]) > 1:
            parts.append([0])
            room = width - widths[0]
        parts[-1].append(place)
        room -= needed
    return parts


def write_csv(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """Writes one line per member: its configuration, then its measures.

    Floats are written with `repr`, so equal values give equal bytes and reading
    gives the value back. Columns stand in the order in which they first occur;
    what a row lacks, and None, is empty. The file is written atomically.

    Args:
      path: the file.
      rows: column -> value; values are numbers (also NumPy or JAX scalars),
        strings, booleans or None.

    Returns:
      The path.
    """
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_written(row.get(column)) for column in columns])
    return write_atomically(path, text.getvalue().encode())


def number(value: float, spec: str = ".3g") -> str:
    """A number as tables show it: with a minus sign, a dash for nan."""
    return _shown_float(value, spec)


def interval(ends: tuple[float, float], spec: str = ".3g") -> str:
    """Both ends of an interval as a cell: "[0.1, 0.2]", a dash if there is none."""
    low, high = (_shown_float(end, spec) for end in ends)
    return MISSING if MISSING in (low, high) else f"[{low}, {high}]"


def _shown(cell: Cell, spec: str) -> str:
    match _plain(cell):
        case Estimate(mean=mean, std=std):
            return _shown((mean, std), spec)
        case (mean, spread):
            middle, around = _shown(mean, spec), _shown(spread, spec)
            # Of a single value there is no spread.
            has_none = MISSING in (middle, around)
            return middle if has_none else f"{middle} ± {around}"
        case None:
            return MISSING
        case str(text):
            return text
        case bool(truth):
            return "yes" if truth else "no"
        case int(count):
            return str(count).replace("-", MINUS)
        case value:
            return _shown_float(float(value), spec)


def _shown_float(value: float, spec: str) -> str:
    if math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    return format(value, spec).replace("-", MINUS)


def _html_head(column: Column) -> str:
    unit = f'<br><span class="unit">{escape(column.unit)}</span>' if column.unit else ""
    return escape(column.header) + unit


def _html_row(tag: str, cells: Sequence[str], kinds: Sequence[str]) -> str:
    parts = [
        f"<{tag}{kind}>{cell}</{tag}>" for cell, kind in zip(cells, kinds, strict=True)
    ]
    return f"<tr>{''.join(parts)}</tr>"


def _written(value: object) -> str:
    plain = _plain(value)
    if plain is None:
        return ""
    return repr(plain) if isinstance(plain, float) else str(plain)


def _plain(value: Any) -> Any:
    """A NumPy or JAX scalar as Python's own."""
    return value.item() if hasattr(value, "item") else value
