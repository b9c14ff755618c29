"""A question of theory: a short program that computes its answer, and what must hold.

    QUESTION = lab.Question.of(
        globals(), number=14, title="Composition of linear and affine maps"
    )

of a file whose docstring is the question and its answer, and which has `Options`,
`run`, `claims` and `figures`. `run` computes, `claims` says what must hold of what was
computed, `figures` draws it. A claim without chance in it is a `Check`, one over seeds
an `Expect`.
"""

import dataclasses
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aejax import stats
from aejax.data import DEFAULT
from aejax.lab.blocks import phrases
from aejax.lab.blocks.claim import Claim, ClaimBlock
from aejax.lab.blocks.comparisons import Beats, Versus
from aejax.lab.checked import Checked
from aejax.lab.data import Data
from aejax.lab.design import Condition, Measure
from aejax.lab.loading import REPLACED
from aejax.lab.results import Results
from aejax.report.lessons import DataFigure, Lesson, Listing, Verdict
from aejax.report.tables import Table, interval, number

CHANCE = (
    "Claims over seeds: 95 % confidence interval (Student t), p two-sided and adjusted "
    "for all such claims of this question (Holm), significant if p < 0.05."
)
FACTS = "Each claim is computed by the run that made this page."


@dataclasses.dataclass(frozen=True)
class Check:
    """A fact that must hold, without chance: a number within bounds.

    Attributes:
      statement: what is claimed.
      value: the number that decides; nan never holds.
      most: the largest value that is allowed.
      least: the smallest one.
      format: of numbers.
      unit: of the value.
    """

    statement: str
    value: Any
    most: float = math.inf
    least: float = -math.inf
    format: str = ".3g"
    unit: str = ""

    def verdict(self) -> Verdict:
        """Whether it holds."""
        value = float(self.value)
        unit = _spaced(self.unit)
        return Verdict(
            self.statement,
            number(value, self.format) + unit,
            self._bounds() + unit,
            bool(self.least <= value <= self.most),
        )

    def _bounds(self) -> str:
        low, high = (number(v, self.format) for v in (self.least, self.most))
        if self.least == self.most:
            return f"= {high}"
        if math.isinf(self.least):
            return f"≤ {high}"
        return f"≥ {low}" if math.isinf(self.most) else f"{low} to {high}"


@dataclasses.dataclass(frozen=True)
class Expect:
    """A claim over seeds and the outcome that it must have.

    Attributes:
      results: over conditions and seeds.
      block: `Versus`, `Trend`, `Beats` ...; its first claim counts.
      outcome: such as "lower", "higher", "increasing"; the words in brackets of a
        measure with a better side need not be given.
      statement: what is claimed; the block's own words if empty.
    """

    results: Results
    block: ClaimBlock
    outcome: str
    statement: str = ""

    def claim(self) -> Claim:
        """The claim of the block.

        Raises:
          ValueError: it makes none of these results.
        """
        found = self.block.claims(self.results)
        if not found:
            raise ValueError(f"{self.block} claims nothing of these results")
        return found[0]

    def verdict(self, adjusted: float) -> Verdict:
        """Whether it has the outcome, by a p-value that was adjusted."""
        claim = self.claim()
        statement = self.statement or f"{claim.measure.label}: {claim.subject}"
        outcome = claim.outcome(adjusted)
        tested = claim.contrast.testable
        holds = outcome.partition(" (")[0] == self.outcome if tested else None
        return Verdict(statement, _figure(claim, adjusted), self.outcome, holds)


@dataclasses.dataclass(frozen=True)
class Expecting:
    """Claims over the seeds of some results, in few words.

        versus = lab.Expecting(results).versus
        versus(first, second, ERROR, "lower", "The first errs less")

    Attributes:
      results: over conditions and seeds.
    """

    results: Results

    def versus(
        self,
        of: Condition,
        against: Condition,
        measure: Measure,
        outcome: str,
        statement: str,
    ) -> Expect:
        """The measure of one condition minus that of another, paired by seed."""
        block = Versus(of, against, measure)
        return Expect(self.results, block, outcome, statement)

    def beats(
        self,
        of: Condition,
        measure: Measure,
        value: float,
        outcome: str,
        statement: str,
        source: str = "",
    ) -> Expect:
        """The measure of a condition against a number that is known.

        Args:
          of: the condition.
          measure: of it.
          value: with which it is compared, not scaled.
          outcome: that it must have.
          statement: what is claimed.
          source: of the number, in a word.
        """
        block = Beats(of, measure, value=value, source=source)
        return Expect(self.results, block, outcome, statement)


AnyClaim = Check | Expect

Claims = Mapping[str, AnyClaim]
"""A short name -> the claim; tests and messages use the name."""


def no_figures(found: Any) -> Sequence[DataFigure]:
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
      figures: `found -> figures`.
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
    figures: Callable[[Any], Sequence[DataFigure]] = no_figures
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
                dataclasses.replace(f, name=f"{self.name}_{f.name}")
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


def verdicts(claims: Claims) -> dict[str, Verdict]:
    """Whether each claim holds; those over seeds are one family (`stats.holm`)."""
    tested = {n: c for n, c in claims.items() if isinstance(c, Expect)}
    ps = stats.holm([c.claim().contrast.p for c in tested.values()])
    adjusted = dict(zip(tested, ps, strict=True))
    return {
        name: one.verdict() if isinstance(one, Check) else one.verdict(adjusted[name])
        for name, one in claims.items()
    }


def _figure(claim: Claim, adjusted: float) -> str:
    """Mean, interval, p and n, short enough for a cell."""
    spec = phrases.signed(claim.measure.format)
    found = claim.contrast.estimate
    unit = _spaced(phrases.unit_of_difference(claim.measure.unit))
    p = "" if math.isnan(adjusted) else f", {phrases.probability(adjusted)}"
    ends = interval(found.interval, spec)
    return f"{number(found.mean, spec)}{unit} {ends}{p}, n = {found.n}"


def _spaced(unit: str) -> str:
    """A unit with the space before it that it needs: 3 px, but 3°."""
    return unit if unit in ("", "°") else f" {unit}"
