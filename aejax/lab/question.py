"""A question of theory: a short program that computes its answer, and what must hold.

    QUESTION = lab.Question.of(
        globals(), number=14, title="Composition of linear and affine maps"
    )

of a file whose docstring is the question and its answer, and which has `Options`,
`run`, `claims` and `figures`. `run` computes, `claims` says what must hold of what was
computed (`question_claims`), `figures` draws it.
"""

import dataclasses
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aejax.data import DEFAULT
from aejax.lab.checked import Checked
from aejax.lab.data import Data
from aejax.lab.loading import REPLACED
from aejax.lab.question_claims import Claims, Expect, verdicts
from aejax.report.html import CaptionedFigure
from aejax.report.lessons import DataFigure, Lesson, Listing
from aejax.report.tables import Table

CHANCE = (
    "Claims over seeds: 95 % confidence interval (Student t), p two-sided and adjusted "
    "for all such claims of this question (Holm), significant if p < 0.05."
)
FACTS = "Each claim is computed by the run that made this page."


def no_figures(found: Any) -> Sequence[CaptionedFigure]:
    """Of a question that needs none."""
    del found
    return ()


def no_tables(found: Any) -> Sequence[Table]:
    """Of a question whose claims are its only table."""
    del found
    return ()


@dataclasses.dataclass(frozen=True)
class Question:
    """A question, as its file declares it.

    Attributes:
      number: in the catalogue.
      name: of its file.
      title: a few words.
      text: docstring of its file: the question in one line, then the answer.
      options: a class of `Checked` options: the sizes of its computation.
      run: `options -> found`. Further arguments with defaults are what a test turns.
      claims: `found -> {name: Check or Expect}`.
      figures: `found -> figures`, its own or those of blocks (`lab.Lines` ...).
      tables: `found -> tables`.
      formulas: (LaTeX for mathtext, what it says).
      code: functions whose source the page shows.
      small: options of a quick run; the claims must hold of it, too.
      dataset: its data set where none is asked for; "" for none.
      references: literature.
    """

    number: int
    name: str
    title: str
    text: str
    options: type[Checked]
    run: Callable[..., Any]
    claims: Callable[[Any], Claims]
    figures: Callable[[Any], Sequence[CaptionedFigure]] = no_figures
    tables: Callable[[Any], Sequence[Table]] = no_tables
    formulas: Sequence[tuple[str, str]] = ()
    code: Sequence[Callable] = ()
    small: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    dataset: str = ""
    references: Sequence[str] = ()

    @classmethod
    def of(cls, file: Mapping[str, Any], **further: Any) -> "Question":
        """The question of a file whose parts have the names that they have here.

        Args:
          file: its `globals()`: the docstring, `Options`, `run`, `claims`, `figures`
            and, if there are any, `tables` and `FORMULAS`.
          further: number, title and all that the file does not define by itself.
        """
        named = {"text": "__doc__", "options": "Options", "formulas": "FORMULAS"}
        named |= {name: name for name in ("run", "claims", "figures", "tables")}
        parts = {part: file[name] for part, name in named.items() if name in file}
        return cls(**parts, name=file["__name__"].rpartition(".")[2], **further)

    @property
    def question(self) -> str:
        """The first paragraph of the text, in one line."""
        return " ".join(self.text.strip().partition("\n\n")[0].split())

    @property
    def answer(self) -> str:
        """The paragraphs below it."""
        return self.text.strip().partition("\n\n")[2]

    def failed(self, options: Any = None, **turned: Any) -> set[str]:
        """Names of the claims that do not hold, of a run of its own.

        Args:
          options: the small ones if None.
          turned: further arguments of `run`.
        """
        chosen = options or self.options(**self.small)
        found = self.claims(self.run(chosen, **turned))
        return {n for n, v in verdicts(found).items() if v.holds is False}

    def lesson(self, found: Any) -> Lesson:
        """All that the page shows of what `run` found."""
        claimed = self.claims(found)
        by_chance = [c for c in claimed.values() if isinstance(c, Expect)]
        data = {c.results.data.name: c.results.data for c in by_chance}
        said = dict.fromkeys(n for one in data.values() for n in one.notes)
        notes = [note for note in said if REPLACED not in note]
        lost = dict.fromkeys(n for c in by_chance for n in c.results.lost)
        if lost:
            notes.append(f"Diverged and left out: {', '.join(lost)}.")
        caption = [FACTS, *(self._of(one) for one in data.values())]
        caption += [CHANCE] if by_chance else []
        return Lesson(
            number=self.number,
            name=self.name,
            title=self.title,
            question=self.question,
            answer=self.answer,
            formulas=self.formulas,
            verdicts=verdicts(claimed),
            claims_caption=" ".join(filter(None, caption)),
            figures=[
                DataFigure(
                    f.figure,
                    f"{self.name}_{f.name}",
                    f.caption,
                    columns=f.columns if isinstance(f, DataFigure) else {},
                )
                for f in self.figures(found)
            ],
            tables=self.tables(found),
            listings=[
                Listing(f"Code of {f.__name__}", inspect.getsource(f))
                for f in self.code
            ],
            notes=notes,
            messages=[note for note in said if REPLACED in note],
            references=self.references,
        )

    def _of(self, data: Data) -> str:
        """Which images, and how many; nothing of what has none."""
        train, test = (len(split.images) for split in (data.train, data.test))
        replaced = any(REPLACED in note for note in data.notes)
        stands = f", in place of {self.dataset or DEFAULT}" if replaced else ""
        text = f"Data: {train:,} training and {test:,} test images of {data.name}"
        return f"{text}{stands}." if train else ""
