"""The command of the questions of theory: its list, its words, its exit code."""

import importlib

import pytest

from aejax.lab import cli
from experiments.theory import __main__ as theory

NAMES = [entry.name for entry in theory.catalogue()]


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
    numbers = [entry.number for entry in theory.catalogue()]
    assert numbers == sorted(set(numbers))
    for name in NAMES:
        assert f"  {name} " in text


@pytest.mark.parametrize("name", NAMES)
def test_files_declare_what_the_catalogue_says(name):
    question = importlib.import_module(f"experiments.theory.{name}").QUESTION
    (entry,) = [e for e in theory.catalogue() if e.name == name]
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
    assert theory.chosen(words) == meant


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


def test_a_claim_that_does_not_hold_is_shown_and_ends_in_1(command, tmp_path):
    """An affine map has rank 2 where a width is 2; the check says so whatever it is."""
    folder = f"--workdir={tmp_path}"
    flags = ("--question=composition", "--quick", "--widths=4,2,3", folder)
    code, text, complaint = command(*flags)
    assert (code, complaint) == (0, "") and "composition.html" in text
    assert (tmp_path / "composition.html").exists()
    assert (tmp_path / "data" / "composition_line.csv").exists()
    again = command(*flags)
    assert again[0] == 0 and "kept from before" in again[1]
    code, text, complaint = command(
        *flags[:2], "--widths=4,9,3", "--points=101", folder
    )
    assert "error: " in complaint if code else complaint == ""
