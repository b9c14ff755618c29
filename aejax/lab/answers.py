"""Answers questions and keeps what was answered; `answer_pages` writes pages of it.

In the folder: `NAME.html`, the page of a question; `report.html`, the one of all;
`data/*.csv` and `figures/*`, of every figure; `kept/NAME.json`, the rendered answer. An
answer is used again as long as its program, its options and the library are the same.
"""

import dataclasses
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import aejax
from aejax import data as datasets
from aejax.lab.answer_pages import Answer, score, write_single
from aejax.lab.checked import Checked
from aejax.lab.question import Question
from aejax.lab.run import provenance
from aejax.lab.run.files import read_json, write_json
from aejax.report.lessons import Lesson, Verdict
from aejax.report.pages import Chapter, Part
from aejax.report.style import save
from aejax.report.tables import write_csv


def answer(
    question: Question,
    options: Checked,
    folder: Path,
    anew: bool = False,
    chapters: Sequence[Chapter] = (),
) -> Answer:
    """Answers a question and writes its figures, their data and its page.

    Args:
      question: which.
      options: of its class.
      folder: where everything is written.
      anew: runs it even if the folder holds its answer.
      chapters: whose order the links of its page follow.

    Raises:
      UserError: the data cannot be had.
    """
    settings = json.loads(json.dumps(dataclasses.asdict(options)))
    key = _key(question, settings)
    before = None if anew else _kept(folder, question.name, key)
    if before is None:
        began = time.monotonic()
        lesson = question.lesson(question.run(options))
        files = _write_figures(folder, lesson)
        seconds = round(time.monotonic() - began, 2)
        before = Answer(_part(lesson), lesson.verdicts, seconds, settings)
        record = {**dataclasses.asdict(before), "key": key, "files": files}
        write_json(folder / "kept" / f"{question.name}.json", record)
    write_single(folder, before, chapters)
    return before


def _part(lesson: Lesson) -> Part:
    failed = any(v.holds is False for v in lesson.verdicts.values())
    return Part(
        lesson.number,
        lesson.name,
        lesson.title,
        lesson.question,
        score(lesson.verdicts),
        "fails" if failed else "holds",
        lesson.html(),
        list(lesson.messages),
    )


def _write_figures(folder: Path, lesson: Lesson) -> list[str]:
    """Every figure as PNG and SVG, and its data as CSV; their paths in the folder."""
    paths = []
    for figure in lesson.figures:
        paths += save(figure.figure, folder / "figures", figure.name)
        paths.append(write_csv(folder / "data" / f"{figure.name}.csv", figure.rows()))
    return [str(path.relative_to(folder)) for path in paths]


def _kept(folder: Path, name: str, key: str) -> Answer | None:
    """The answer of before, if its program is the same and its files are there."""
    try:
        record = read_json(folder / "kept" / f"{name}.json")
        if record["key"] != key or not all(
            (folder / f).exists() for f in record["files"]
        ):
            return None
        return Answer(
            Part(*record["part"]),
            {n: Verdict(*v) for n, v in record["verdicts"].items()},
            record["seconds"],
            record["settings"],
            kept=True,
        )
    except Exception:  # What cannot be read is made anew.
        return None


def _key(question: Question, settings: Mapping[str, Any]) -> str:
    """Changes with anything that the answer depends on."""
    facts: dict[str, Any] = {
        "settings": settings,
        "program": provenance.digest(question.options.__module__),
        "library": _library(),
        "versions": [metadata.version(p) for p in ("jax", "flax", "numpy", "optax")],
    }
    if question.dataset:
        asked, where = settings.get("dataset"), settings.get("data_dir")
        facts["data"] = datasets.resolve(asked, where, question.dataset).name
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


@cache
def _library() -> str:
    """Digest of the library's own sources."""
    root = Path(aejax.__file__).parent
    found = hashlib.sha256()
    for suffix in ("*.py", "*.html", "*.css"):
        for path in sorted(root.rglob(suffix)):
            found.update(path.read_bytes())
    return found.hexdigest()
