"""A page of sections that were rendered before: contents, reading order, links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from aejax.report.lessons import template


class Part(NamedTuple):
    """A section that was rendered.

    Attributes:
      number, name, title, question, messages: as in `lessons.Lesson`.
      score: "5 of 5 claims hold".
      word: "holds" or "fails".
      html: the section.
    """

    number: int
    name: str
    title: str
    question: str
    score: str
    word: str
    html: str
    messages: Sequence[str] = ()


class Chapter(NamedTuple):
    """Sections that belong together, in the order in which they are to be read.

    Attributes:
      title: heading in the contents.
      about: a sentence below it.
      names: of its sections.
    """

    title: str
    about: str
    names: Sequence[str]


class Way(NamedTuple):
    """A link from a page to another one.

    Attributes:
      relation: "prev", "up" or "next".
      title: of the other page.
      target: where it is.
    """

    relation: str
    title: str
    target: str


@dataclass(frozen=True)
class Page:
    """One HTML document of one or more sections; it needs nothing else.

    Attributes:
      title: heading.
      subtitle: one line below it.
      parts: the sections; where there are several, a table of contents lists them.
      chapters: groups and order of the sections; what is in none comes last, by number.
      guide: heading -> how the page is to be read.
      ways: links to other pages.
      notes: remarks for the whole page.
      facts: groups of what it was made with.
    """

    title: str
    subtitle: str
    parts: Sequence[Part]
    chapters: Sequence[Chapter] = ()
    guide: Mapping[str, str] = field(default_factory=dict)
    ways: Sequence[Way] = ()
    notes: Sequence[str] = ()
    facts: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    @property
    def contents(self) -> list[tuple[Chapter, list[Part]]]:
        """The chapters that have sections, with these."""
        parts = {part.name: part for part in sorted(self.parts)}
        further = [n for n in parts if not any(n in c.names for c in self.chapters)]
        title = "Further questions" if self.chapters else ""
        chapters = [*self.chapters, Chapter(title, "", further)]
        found = [(c, [parts[n] for n in c.names if n in parts]) for c in chapters]
        return [(chapter, inside) for chapter, inside in found if inside]

    @property
    def ordered(self) -> list[Part]:
        """The sections as they are to be read."""
        return [part for _, inside in self.contents for part in inside]

    def html(self) -> str:
        """The document."""
        return template("lessons.html").render(page=self)
