"""A package of questions, listed without importing them and found by name or number."""

import ast
import dataclasses
import difflib
import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from aejax.errors import UserError
from aejax.lab.question import Question
from aejax.report.pages import Chapter

DECLARED = ("lab.Question", "lab.Question.of")


class Entry(NamedTuple):
    """A question in the catalogue."""

    number: int
    name: str
    question: str


@dataclasses.dataclass(frozen=True)
class Catalogue:
    """The questions of a package, a file each that has a `QUESTION`.

    Attributes:
      package: its name, to import from.
      folder: its files.
      chapters: the questions in groups, in the order of reading.
      command: that runs it, for hints.
    """

    package: str
    folder: Path
    chapters: Sequence[Chapter]
    command: str

    def entries(self) -> list[Entry]:
        """All questions by number, read from their source."""
        paths = [p for p in self.folder.glob("*.py") if not p.name.startswith("_")]
        return sorted(entry for path in paths if (entry := _entry(path)) is not None)

    def load(self, name: str) -> Question:
        """The `Question` of a file."""
        return importlib.import_module(f"{self.package}.{name}").QUESTION

    def listing(self) -> str:
        """The catalogue for a console."""
        entries = {entry.name: entry for entry in self.entries()}
        wide = max(map(len, entries))
        lines = []
        for chapter in self.chapters:
            inside = [entries[name] for name in chapter.names]
            lines += ["", f"{chapter.title}. {chapter.about}"]
            lines += [f"{n:>3}  {name:<{wide}}  {words}" for n, name, words in inside]
        ways = (
            f"{self.command} --question=NAME answers one (several: NAME,NAME),\n"
            f"{self.command} --question=all makes one page of all.\n"
            f"{self.command} --question=NAME --help shows its options."
        )
        return "\n".join([*lines[1:], "", ways])

    def chosen(self, words: Sequence[str]) -> list[str]:
        """The names that are meant, each once, by number.

        Args:
          words: names, with - for _ if one likes, numbers, or "all".

        Raises:
          UserError: there is no such question; it guesses the one meant.
        """
        entries = self.entries()
        if "all" in words:
            return [entry.name for entry in entries]
        known = {entry.name for entry in entries}
        by_number = {str(entry.number): entry.name for entry in entries}
        meant = set()
        for word in words:
            name = by_number.get(word, word.strip().lower().replace("-", "_"))
            if name not in known:
                close = difflib.get_close_matches(name, [*known, "all"], 3, 0.5)
                guess = (
                    f"did you mean {' or '.join(close)}?" if close else "see the list:"
                )
                raise UserError(
                    f"there is no question {word!r}; {guess} {self.command} lists all"
                )
            meant.add(name)
        return [entry.name for entry in entries if entry.name in meant]


def _entry(path: Path) -> Entry | None:
    """What a file declares; None where it declares no `Question`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    numbers = [
        word.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in DECLARED
        for word in node.keywords
        if word.arg == "number"
        and isinstance(word.value, ast.Constant)
        and isinstance(word.value.value, int)
    ]
    first = (ast.get_docstring(tree) or "").partition("\n\n")[0]
    words = " ".join(first.split())
    return Entry(numbers[0], path.stem, words) if numbers else None
