"""Questions: what their claims decide, what the page shows, what is kept."""

import dataclasses
import json
import re

import numpy as np
import pytest

from aejax import lab
from aejax.data import Images
from aejax.lab import answer_pages, answers
from aejax.lab.data import Data
from aejax.lab.question_claims import verdicts
from aejax.report.lessons import DataFigure
from aejax.report.pages import Chapter
from aejax.report.style import new_figure

SIZE = lab.Measure("size", "size", "px", ".2f", better="lower")


@dataclasses.dataclass(frozen=True)
class Options(lab.SeedOptions):
    value: float = lab.option(1.0, "What is claimed.")


def chance(seeds, shift):
    """Two conditions that differ by a shift with very little noise."""
    noise = np.random.default_rng(0).normal(0, 1e-3, (2, seeds))
    conditions = [lab.Condition({"kind": kind}) for kind in ("a", "b")]
    values = noise + np.array([[0.0], [shift]])
    return lab.simulated(conditions, (SIZE,), {"size": values})


def run(options, shift=1.0):
    return {"value": options.value, "results": chance(options.seeds, shift)}


def claims(found):
    a, b = found["results"].conditions
    return {
        "one": lab.Check("One is `one` & <one>", found["value"], least=1, most=1),
        "less": lab.Expect(found["results"], lab.Versus(a, b, SIZE), "lower"),
    }


def figures(found):
    figure = new_figure(2, 2)
    figure.add_subplot().plot([0, 1], [0, found["value"]])
    return [DataFigure(figure, "line", "A line.", columns={"x": [0, 1], "y": 0.1})]


QUESTION = lab.Question(
    number=99,
    name="one",
    title="One & only",
    text="Is one\none?\n\nIt is, as `run` shows.\n\nAlways.\n",
    options=Options,
    run=run,
    claims=claims,
    figures=figures,
    formulas=((r"\dfrac{1}{x} \leq 1", "for x ≥ 1"),),
    code=(run,),
)


@pytest.mark.parametrize(
    ("value", "bounds", "holds"),
    [
        (1.0, {"most": 1}, True),
        (1.1, {"most": 1}, False),
        (1.0, {"least": 1}, True),
        (0.9, {"least": 1}, False),
        (2.0, {"least": 1.9, "most": 2.1}, True),
        (float("nan"), {}, False),
        (float("inf"), {"least": 0}, True),
        (np.float32(0), {"least": 0, "most": 0}, True),
    ],
)
def test_a_check_holds_within_its_bounds(value, bounds, holds):
    found = lab.Check("it", value, **bounds).verdict()
    assert found.holds is holds
    assert json.loads(json.dumps(found))[3] is holds


def test_bounds_are_shown():
    shown = [
        lab.Check("it", 1, **bounds).verdict().must_be
        for bounds in (
            {"most": 1}, {"least": 1}, {"least": 1, "most": 1}, {"least": 1, "most": 2}
        )
    ]  # fmt: skip
    assert shown == ["≤ 1", "≥ 1", "= 1", "1 to 2"]


def test_claims_over_seeds_follow_the_one_rule():
    def outcome(seeds, shift):
        found = {"value": 1.0, "results": chance(seeds, shift)}
        return verdicts(claims(found))["less"].holds

    assert outcome(4, 1.0) is True
    assert outcome(4, -1.0) is False
    assert outcome(4, 0.0) is False
    assert outcome(1, 1.0) is None


def test_turning_something_is_noticed():
    assert QUESTION.failed() == set()
    assert QUESTION.failed(shift=-1.0) == {"less"}
    assert QUESTION.failed(Options(value=2.0)) == {"one"}


def test_an_answer_is_whole_and_kept(tmp_path):
    first = answers.answer(QUESTION, Options(), tmp_path)
    assert not first.kept and first.failed == []
    page = (tmp_path / "one.html").read_text()
    for text in ("Is one one?", "One &amp; only", "It is, as <code>run</code> shows."):
        assert text in page
    assert "One is <code>one</code> &amp; &lt;one&gt;" in page
    assert "def run(options" in page and 'class="math"' in page
    assert "https://" not in page and "<script" not in page
    for link in re.findall('href="(data/[^"]+)"', page):
        assert (tmp_path / link).read_text().splitlines() == ["x,y", "0,0.1", "1,0.1"]
    assert (tmp_path / "figures" / "one_line.png").exists()
    again = answers.answer(QUESTION, Options(), tmp_path)
    assert again == dataclasses.replace(first, kept=True)


@pytest.mark.parametrize("change", ["options", "file", "damage", "anew"])
def test_an_answer_of_something_else_is_not_used(tmp_path, change):
    answers.answer(QUESTION, Options(), tmp_path)
    options = Options(value=2.0) if change == "options" else Options()
    if change == "file":
        (tmp_path / "data" / "one_line.csv").unlink()
    if change == "damage":
        (tmp_path / "kept" / "one.json").write_text("{")
    found = answers.answer(QUESTION, options, tmp_path, anew=change == "anew")
    assert not found.kept
    assert len(found.failed) == (change == "options")
    assert (tmp_path / "data" / "one_line.csv").exists()


def test_a_report_lists_all_and_counts(tmp_path):
    other = dataclasses.replace(QUESTION, number=3, name="two", title="Two")
    found = [
        answers.answer(QUESTION, Options(), tmp_path),
        answers.answer(other, Options(value=2.0), tmp_path),
    ]
    page = answer_pages.write_report(tmp_path, found, ["A note."]).read_text()
    assert "3 of 4 claims hold" in page and "A note." in page
    assert page.index('href="#two"') < page.index('href="#one"')
    assert page.index("3. Two") < page.index("99. One")
    ids = re.findall(r'<section id="([^"]+)"', page)
    assert ids == ["two", "one", "configuration"]


CHAPTERS = (
    Chapter("Late", "First here.", ("one", "lacking")),
    Chapter("Early", "", ("two",)),
    Chapter("Empty", "", ("lacking",)),
)


def test_chapters_say_in_which_order_a_report_is_read(tmp_path):
    questions = [
        dataclasses.replace(QUESTION, number=number, name=name, title=name.upper())
        for number, name in ((3, "two"), (1, "free"), (99, "one"))
    ]
    found = [answers.answer(q, Options(), tmp_path, False, CHAPTERS) for q in questions]
    assert "report.html" not in (tmp_path / "one.html").read_text()
    report = answer_pages.write_report(tmp_path, found, (), CHAPTERS)
    page = report.read_text()
    assert re.findall(r'<section id="([^"]+)"', page)[:3] == ["one", "two", "free"]
    assert re.findall(r"<h3>(.+)</h3>", page) == ["Late", "Early", "Further questions"]
    assert page.count('href="#two"') == 2 and "First here." in page
    # The same links when one is answered again, alone.
    for _ in range(2):
        page = (tmp_path / "two.html").read_text()
        assert 'href="one.html">← ONE<' in page and '<a rel="next"' not in page
        for target in re.findall('href="([^"]+.html)', page):
            assert (tmp_path / target).exists()
        answers.answer(questions[0], Options(value=2.0), tmp_path, False, CHAPTERS)
    assert 'href="report.html#contents"' in page and "1 of 2 claims hold" in page


def test_data_are_named_in_words_and_the_message_stands_at_the_end(tmp_path):
    message = "mnist cannot be had (Errno 2): using x instead. Ask for mnist by name."
    images = Images(np.zeros((1200, 2, 2, 1), np.uint8), np.zeros(1200, np.int32))
    data = Data({"name": "x", "class_names": []}, images, images, notes=(message,))

    def with_data(options):
        found = run(options)
        results = dataclasses.replace(found["results"], data=data)
        return found | {"results": results}

    other = dataclasses.replace(QUESTION, run=with_data, dataset="")
    found = answers.answer(other, Options(), tmp_path)
    text = "Data: 1,200 training and 1,200 test images of x, in place of mnist."
    assert text in found.part.html and message not in found.part.html
    page = (tmp_path / "one.html").read_text()
    assert page.index("Configuration") < page.index(message)


def test_a_file_declares_its_question_by_the_names_of_its_parts():
    file = {
        "__name__": "somewhere.one",
        "__doc__": QUESTION.text,
        "Options": Options,
        "FORMULAS": QUESTION.formulas,
        "run": run,
        "claims": claims,
        "figures": figures,
        "further": 1,
    }
    found = lab.Question.of(file, number=99, title=QUESTION.title, code=(run,))
    assert found == QUESTION
