"""Pages of answered questions: one of each, and the one of all, linked."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aejax.lab.run import provenance
from aejax.lab.run.files import read_json, write_atomically
from aejax.report.lessons import Verdict
from aejax.report.pages import Chapter, Page, Part, Way

TITLE = "Theory that runs"
WHAT = "Questions on learned representations, each answered by a short program"
GUIDE = {
    "How to read a section": (
        "The answer first, then formulas, figures (with a link to their numbers), a "
        "table of claims, and the code that counts. A claim holds if the number that "
        "this run measured lies within the bounds of the column “must be”. Sections "
        "stand in the order of the contents; `--question=17` runs the one numbered 17."
    ),
    "Data and statistics": (
        "The caption of the claims names the images. Trainings are small, so numbers "
        "are of this run, not of the literature. What depends on chance is repeated "
        "with n seeds; the table gives the mean, its 95 % confidence interval in "
        "brackets, and p, the probability of a mean at least as far off if there were "
        "no difference (two-sided Student t, paired by seed, adjusted by Holm for all "
        "such claims of the section). A difference counts if p < 0.05."
    ),
}
REPORT = "report.html"


@dataclasses.dataclass(frozen=True)
class Answer:
    """What came of a question.

    Attributes:
      part: its section of a page.
      verdicts: name -> claim and outcome.
      seconds: that its run took.
      settings: its options.
      kept: whether it had been answered before.
    """

    part: Part
    verdicts: Mapping[str, Verdict]
    seconds: float
    settings: Mapping[str, Any]
    kept: bool = False

    @property
    def failed(self) -> list[str]:
        """Statements of the claims that do not hold."""
        return [v.statement for v in self.verdicts.values() if v.holds is False]


def write_report(
    folder: Path,
    answers: Sequence[Answer],
    notes: Sequence[str] = (),
    chapters: Sequence[Chapter] = (),
) -> Path:
    """Writes the one page of all these answers, and links theirs to it.

    Args:
      folder: where everything is.
      answers: what it shows.
      notes: remarks for the whole page.
      chapters: groups and order of the questions.

    Returns:
      Its path.
    """
    path = _write_page(
        folder / REPORT, answers, notes=notes, chapters=chapters, guide=GUIDE
    )
    for one in answers:
        write_single(folder, one, chapters)
    return path


def score(verdicts: Mapping[str, Verdict]) -> str:
    """How many hold, as in "4 of 5 claims hold"."""
    outcomes = [v.holds for v in verdicts.values()]
    text = f"{outcomes.count(True)} of {len(outcomes)} claims hold"
    if untested := outcomes.count(None):
        text += f", {untested} not testable"
    return text


def write_single(folder: Path, one: Answer, chapters: Sequence[Chapter]) -> None:
    """The page of one answer, with links to those that are there."""
    ways = _ways(folder, one.part.name, [n for c in chapters for n in c.names])
    _write_page(folder / f"{one.part.name}.html", [one], ways=ways)


def _ways(folder: Path, name: str, order: Sequence[str]) -> list[Way]:
    """To the pages before and after it, and to the one of all."""
    if not (folder / REPORT).exists():
        return []
    at = [*order, name].index(name)
    sides = (("prev", order[:at][::-1]), ("next", order[at + 1 :]))
    found = {"up": Way("up", "Contents", f"{REPORT}#contents")}
    for relation, names in sides:
        for other in names:
            title = _title(folder, other)
            if title and relation not in found:
                found[relation] = Way(relation, title, f"{other}.html")
    return [found[relation] for relation in ("prev", "up", "next") if relation in found]


def _title(folder: Path, name: str) -> str:
    """Of a question that the folder has a page of; otherwise nothing."""
    try:
        title = Part(*read_json(folder / "kept" / f"{name}.json")["part"]).title
        return title if (folder / f"{name}.html").exists() else ""
    except Exception:  # What cannot be read has no page.
        return ""


def _write_page(path: Path, answers: Sequence[Answer], **further: Any) -> Path:
    """Of these answers; `further` as in `Page`."""
    ordered = sorted(answers, key=lambda one: one.part.number)
    claims = {f"{a.part.name}.{n}": v for a in ordered for n, v in a.verdicts.items()}
    facts: dict[str, Mapping[str, object]] = {
        f"options of {one.part.name}": one.settings for one in ordered if one.settings
    }
    said = {one.part.name: " ".join(one.part.messages) for one in ordered}
    if any(said.values()):
        facts["data"] = {name: text for name, text in said.items() if text}
    facts["seconds of each run"] = {one.part.name: one.seconds for one in ordered}
    facts["environment"] = provenance.environment()
    subtitle = f"{WHAT}: " if len(ordered) > 1 else ""
    parts = [one.part for one in ordered]
    page = Page(TITLE, f"{subtitle}{score(claims)}.", parts, facts=facts, **further)
    return write_atomically(path, page.html().encode())
