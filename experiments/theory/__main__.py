"""Lists, runs and illustrates the questions: `python -m experiments.theory`."""

import dataclasses
import shutil
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aejax import terminal
from aejax.errors import UserError
from aejax.lab import answer_pages, answers, cli, flags
from aejax.lab.catalogue import Catalogue
from aejax.lab.checked import Checked, option
from aejax.lab.run import locks

from . import CHAPTERS

COMMAND = cli.as_called(f"{cli.IN_CHECKOUT}theory")
CATALOGUE = Catalogue(str(__package__), Path(__file__).parent, CHAPTERS, COMMAND)
load = CATALOGUE.load


@dataclasses.dataclass(frozen=True)
class Flags(Checked):
    """Of the command; those of a question are added where one alone is asked for."""

    question: tuple[str, ...] | None = option(
        None, "Names or numbers of questions, or all; not given: lists them."
    )
    workdir: str = option("checkpoints/theory", "Folder of pages, figures and data.")
    overwrite: bool = option(False, "Run again what the folder has an answer of.")
    quick: bool = option(False, "Small sizes, for a first look.")


@dataclasses.dataclass(frozen=True)
class Shared(Flags):
    """Options that several questions have; each takes those that it knows."""

    seeds: int | None = option(
        None, "Repetitions of what has chance in it; each its own.", minimum=1
    )
    dataset: str | None = option(None, "Data set; not given: each its own.")
    data_dir: str | None = option(
        None, "TFDS directory; otherwise TFDS_DATA_DIR or TFDS's own default."
    )


def options_of(question: Any, given: Any) -> Checked:
    """A question's options: its own, the small ones if quick, and what was given."""
    values: dict[str, Any] = dict(question.small) if given.quick else {}
    for field in dataclasses.fields(question.options):
        value = getattr(given, field.name, None)
        if value is not None and value != field.default:
            values[field.name] = value
    return question.options(**values)


def run(arguments: Sequence[str]) -> None:
    """Lists, or answers what is asked for and prints the claims.

    Raises:
      UserError: a flag is wrong, a question has no answer, or a claim does not hold.
    """
    names = CATALOGUE.chosen(_asked(arguments))
    kind: type[Checked] = Shared
    if len(names) == 1:
        own = load(names[0]).options
        kind = dataclasses.dataclass(frozen=True)(type("Own", (Flags, own), {}))
    if flags.HELP & set(arguments[1:]):
        command = COMMAND + (f" --question={names[0]}" if len(names) == 1 else "")
        about = (
            load(names[0]).text
            if len(names) == 1
            else f"{__doc__}\n\n{CATALOGUE.listing()}"
        )
        print(cli.as_called(flags.help_text(kind, command, about)))
        return
    given: Any = flags.parse(kind, arguments)
    if given.question is not None and not names:
        raise UserError(f"--question is empty; {COMMAND} lists the questions")
    if not names:
        print(CATALOGUE.listing())
        return
    cli.configure()
    folder = Path(given.workdir)
    with locks.locked(folder, "use another one: --workdir=..."):
        _answer_all(names, given, folder, page="all" in (given.question or ()))


def _asked(arguments: Sequence[str]) -> list[str]:
    """The words after --question, before the flags are known."""
    words: list[str] = []
    for word, after in zip(arguments[1:], [*arguments[2:], ""], strict=False):
        name, equals, value = word.lstrip("-").partition("=")
        if word.startswith("-") and name == "question":
            words += (value if equals else after).split(",")
    return [word for word in map(str.strip, words) if word]


def _answer_all(names: Sequence[str], given: Any, folder: Path, page: bool) -> None:
    found, lacking = [], {}
    for name in names:
        question = load(name)
        print(f"{question.number}. {question.title}: {question.question}", flush=True)
        try:
            own = options_of(question, given)
            one = answers.answer(question, own, folder, given.overwrite, CHAPTERS)
        except UserError as error:
            if len(names) == 1:
                raise
            lacking[name] = str(error)
            print(f"   not answered: {error}\n", flush=True)
            continue
        found.append(one)
        _print(one, folder, len(names) == 1)
    if page and found:
        notes = [f"{name} was not answered: {why}" for name, why in lacking.items()]
        path = answer_pages.write_report(folder, found, notes, CHAPTERS)
        print(f"report: {path}")
    failed = [f"{one.part.name}: {text}" for one in found for text in one.failed]
    if failed:
        raise UserError(f"{len(failed)} claims do not hold: {'; '.join(failed)}")
    if lacking:
        raise UserError(f"not answered: {', '.join(lacking)}; the reasons are above")


def _print(one: answer_pages.Answer, folder: Path, whole: bool) -> None:
    """The outcome in a line, and for a question alone its claims."""
    kept = ", kept from before" if one.kept else ""
    if whole:
        columns = min(120, shutil.get_terminal_size((80, 24)).columns)
        print()
        for v in one.verdicts.values():
            text = f"{v.mark}: {v.statement}: {v.measured} (must be {v.must_be})"
            print(textwrap.fill(text, columns, subsequent_indent="    "))
        print()
    print(f"{answer_pages.score(one.verdicts)} ({one.seconds:.1f} s{kept})")
    print(f"page: {folder / one.part.name}.html\n", flush=True)


def main(argv: Sequence[str] | None = None) -> None:
    """Runs the command and exits; with 1 if a claim does not hold."""
    cli.command(run, argv)


if __name__ == "__main__":
    with terminal.output():
        main()
