"""The command of the questions of theory: its list, its words, its exit code."""

import dataclasses
import importlib

import pytest

from aejax import lab
from aejax.errors import UserError
from aejax.lab import cli
from aejax.lab.question import no_figures, no_tables
from experiments.theory import __main__ as theory

NAMES = [entry.name for entry in theory.CATALOGUE.entries()]


@pytest.fixture
def command(monkeypatch, capsys):
    """`(*flags) -> (exit code, output, errors)`."""
    monkeypatch.setattr(cli, "configure", lambda: None)

    def run(*flags):
        with pytest.raises(SystemExit) as end:
            theory.main(["theory", *map(str, flags)])
        said = capsys.readouterr()
        return end.value.code, said.out, said.err

    return run


def test_the_catalogue_lists_every_question_by_number(command):
    code, text, _ = command()
    assert code == 0
    numbers = [entry.number for entry in theory.CATALOGUE.entries()]
    assert numbers == sorted(set(numbers))
    for name in NAMES:
        assert f"  {name} " in text


def test_every_question_has_a_place_in_the_order_of_reading():
    ordered = [name for chapter in theory.CHAPTERS for name in chapter.names]
    assert sorted(ordered) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_files_declare_what_the_catalogue_says(name):
    question = importlib.import_module(f"experiments.theory.{name}").QUESTION
    (entry,) = [e for e in theory.CATALOGUE.entries() if e.name == name]
    assert entry == (question.number, question.name, question.question)
    assert question.question.endswith("?")
    question.options(**question.small)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["chain-rule"], ["chain_rule"]),
        (["17"], ["chain_rule"]),
        (["Chain_Rule", "14", "chain_rule"], ["composition", "chain_rule"]),
        (["composition", "all"], NAMES),
    ],
)
def test_questions_are_found(words, meant):
    assert theory.CATALOGUE.chosen(words) == meant


@pytest.mark.parametrize(
    ("flag", "hint"),
    [
        ("--question=compositon", "composition"),
        ("--question=chain_rule,angle", "angles"),
        ("--question=99", "lists all"),
        ("--question=", "question"),
        ("--qestion=all", "question"),
        ("composition", "composition"),
        ("--seeds=0", "seeds"),
        ("--question=composition --seeds=3", "seeds"),
        ("--question=composition --examples=1", "200"),
    ],
)
def test_mistakes_end_in_one_line(command, tmp_path, flag, hint):
    code, printed, complaint = command(*flag.split(), f"--workdir={tmp_path / 'run'}")
    assert code == 1 and printed == ""
    assert complaint.startswith("error: ") and complaint.count("\n") == 1
    assert hint in complaint
    assert not (tmp_path / "run").exists()


def test_a_question_alone_shows_its_own_flags(command):
    code, text, _ = command("--question=composition", "--help")
    assert code == 0 and "--examples" in text and "--workdir" in text
    code, text, _ = command("--help")
    assert code == 0 and "--examples" not in text and "composition" in text


@dataclasses.dataclass(frozen=True)
class Small(lab.SeedOptions):
    value: float = lab.option(1.0, "What is claimed.")


@pytest.fixture
def instant(monkeypatch):
    """Every question is answered in no time: its value must be 1."""
    whole = theory.load

    def run(options):
        if options.value < 0:
            raise UserError("it cannot be had")
        return options.value

    def load(name):
        return dataclasses.replace(
            whole(name),
            options=Small,
            run=run,
            claims=lambda value: {"one": lab.Check("It is one", value, most=1)},
            figures=no_figures,
            tables=no_tables,
            small={},
            dataset="",
        )

    monkeypatch.setattr(theory, "load", load)
    return load


def test_a_claim_that_does_not_hold_is_shown_and_ends_in_1(command, tmp_path, instant):
    flags = ("--question=chain_rule", f"--workdir={tmp_path}")
    code, text, complaint = command(*flags)
    assert (code, complaint) == (0, "") and "chain_rule.html" in text
    again = command(*flags)
    assert again[0] == 0 and "kept" in again[1]
    code, _, complaint = command(*flags, "--value=2")
    assert code == 1 and "It is one" in complaint and complaint.count("\n") == 1
    page = (tmp_path / "chain_rule.html").read_text()
    assert "✗ no" in page and "0 of 1 claims hold" in page


@pytest.mark.slow
def test_all_makes_one_page_even_where_one_cannot_be_answered(
    command, tmp_path, instant, monkeypatch
):
    code, _, complaint = command("--question=all", f"--workdir={tmp_path}")
    assert (code, complaint) == (0, "")
    page = (tmp_path / "report.html").read_text()
    for name in NAMES:
        assert f'<section id="{name}">' in page and f'href="#{name}"' in page
        assert (tmp_path / f"{name}.html").exists()

    def lacking(name):
        broken = {"value": -1.0} if name == NAMES[0] else {}
        return dataclasses.replace(instant(name), small=broken)

    monkeypatch.setattr(theory, "load", lacking)
    flags = ("--question=all", "--quick", "--overwrite", f"--workdir={tmp_path}")
    code, _, complaint = command(*flags)
    assert code == 1 and NAMES[0] in complaint and complaint.count("\n") == 1
    page = (tmp_path / "report.html").read_text()
    assert "it cannot be had" in page and f'<section id="{NAMES[0]}">' not in page
    assert f'<section id="{NAMES[1]}">' in page


def test_a_folder_that_cannot_be_written_is_refused(command, tmp_path, instant):
    (tmp_path / "file").write_text("")
    code, printed, complaint = command(
        "--question=composition", f"--workdir={tmp_path / 'file'}"
    )
    assert code == 1 and printed == "" and str(tmp_path / "file") in complaint
