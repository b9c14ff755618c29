"""From a report's sections to its parts: claims are tested, views are drawn."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from aejax import stats
from aejax.lab.blocks import phrases
from aejax.lab.blocks.claim import Claim
from aejax.lab.blocks.claims import Caution, Trend
from aejax.lab.blocks.published import Published
from aejax.lab.results import Results
from aejax.report.html import CaptionedFigure, Part
from aejax.report.tables import MISSING, Cell, Column, Table, interval, number


@dataclasses.dataclass(frozen=True)
class Explanation:
    """The one paragraph of a report that a study owns; it follows the findings.

    Attributes:
      text: computed from the figures of the run.
    """

    text: str


class Section:
    """A part of a report: a title, and the blocks that stand in it.

    Args:
      title: heading.
      blocks: claims, cautions, views, an `Explanation`, or paragraphs as plain text.
    """

    def __init__(self, title: str, *blocks: object):
        self.title, self.blocks = title, blocks


@dataclasses.dataclass(frozen=True)
class Rendered:
    """A section, computed.

    Attributes:
      part: what stands in the report.
      findings: its sentences for the head of the report.
      explanations: paragraphs that follow the findings.
      headlines: tables for the console.
      is_empty: whether it has nothing but words, which explain what is not there.
    """

    part: Part
    findings: tuple[str, ...]
    explanations: tuple[str, ...]
    headlines: tuple[Table, ...]
    is_empty: bool


def render(section: Section, results: Results) -> Rendered:
    """Computes a section: one family of claims, then its views.

    Raises:
      TypeError: a block is none of the kinds that there are.
    """
    claims: list[Claim] = []
    texts, notes, explanations = [], [], []
    figures: list[CaptionedFigure] = []
    tables: list[Table] = []
    trends = False
    for block in section.blocks:
        if isinstance(block, str):
            texts.append(block)
        elif isinstance(block, Caution):
            notes += [block.text] if block.when else []
        elif isinstance(block, Explanation):
            explanations += [block.text] if block.text else []
        elif hasattr(block, "claims"):
            claims += block.claims(results)
            trends |= isinstance(block, Trend)
            notes += block.notes(results) if isinstance(block, Published) else []
        elif hasattr(block, "views"):
            for view in block.views(results):
                (figures if isinstance(view, CaptionedFigure) else tables).append(view)
        else:
            raise TypeError(f"{block!r} is no block of a section")
    adjusted = stats.holm([claim.contrast.p for claim in claims])
    pairs = list(zip(claims, adjusted, strict=True))
    if claims:
        tables.append(claims_table(pairs, results, trends))
    because = [c.explained(p) for c, p in pairs]
    part = Part(section.title, "\n\n".join(texts), figures, tables, notes)
    return Rendered(
        part,
        tuple(c.said(p) for c, p in pairs if c.finding),
        (*(text for text in because if text), *explanations),
        tuple(t for t in tables if t.is_headline),
        not (figures or tables or notes or explanations),
    )


def claims_table(
    pairs: Sequence[tuple[Claim, float]], results: Results, trends: bool
) -> Table:
    """A row per claim: figure, interval, adjusted p, n, outcome."""
    columns = [
        Column("claim"),
        Column("measure"),
        Column("difference"),
        Column("95 % CI"),
        Column("adjusted p"),
        Column("n"),
        Column("result"),
    ]
    rows: list[list[Cell]] = []
    for claim, p in pairs:
        spec = phrases.signed(claim.measure.format)
        found = claim.contrast.estimate
        rows.append(
            [
                claim.subject,
                claim.measure.head,
                number(found.mean, spec),
                interval(found.interval, spec),
                MISSING if np.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}",
                phrases.count(found.n, claim.over or claim.contrast.over),
                claim.outcome(p),
            ]
        )
    over = {claim.contrast.over for claim, _ in pairs}
    sampled = "seeds" if over == {"seeds"} else "seeds or units"
    caption = phrases.RULE.format(over=sampled)
    if trends:
        caption += phrases.TRENDS
    if "units" in over:
        caption += phrases.UNITS.format(unit=results.unit or "units")
    return Table(columns, rows, caption)
