import base64
import re
from html.parser import HTMLParser

import pytest

from aejax.report.figures import against
from aejax.report.html import CaptionedFigure, Part, Report
from aejax.report.style import render
from aejax.report.tables import Column, Table

EVIL = "<script>alert('x')</script> & \"quoted\""
VOID = {"meta", "img", "br"}


def figure():
    return against([2, 4], {"a": [[1, 2]]}, xlabel="d", ylabel="error")


def report(word="plain", facts=None):
    return Report(
        title=f"title {word}",
        subtitle=f"subtitle {word}",
        findings=[f"It falls {word}.", "By 0.2 ± 0.1."],
        explanation=f"One {word}.\n\nTwo.",
        sections=[
            Part(
                f"first {word}",
                f"one {word}\n\ntwo",
                figures=[
                    CaptionedFigure(figure(), "error", f"caption {word}", f"alt {word}")
                ],
                tables=[Table([Column(word)], [[word]], f"table {word}")],
                notes=[f"section note {word}"],
            ),
            Part("second", figures=[CaptionedFigure(figure(), "again", "the same")]),
        ],
        notes=[f"note {word}"],
        facts={"data set": word, "flags": {f"key {word}": [1, 2]}}
        if facts is None
        else facts,
    )


class Document(HTMLParser):
    """Elements with their attributes; fails on tags that do not pair."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.text = [], [], ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


def test_the_file_needs_nothing_else():
    text = report().html()
    document = Document(text)
    assert "http://" not in text and "https://" not in text
    assert not {"script", "link", "iframe", "object"} & {
        t for t, _ in document.elements
    }
    assert "@import" not in text and "url(" not in text
    for _, attributes in document.elements:
        assert attributes.get("src", "data:").startswith("data:")
        assert attributes.get("href", "#").startswith("#")


def test_figures_are_inlined_as_they_are():
    first, second = Document(report().html()).all("img")
    head, content = first["src"].split(",")
    assert head == "data:image/svg+xml;base64"
    assert base64.b64decode(content) == render(figure(), "svg")
    assert first["alt"] == "alt plain"
    assert second["alt"] == "the same"


def test_figures_tables_and_contents_are_numbered():
    document = Document(report().html())
    for words in ("Figure 1. caption", "Figure 2. the same", "Table 1. table plain"):
        assert words in document.text
    targets = [attributes["href"] for attributes in document.all("a")]
    ids = {attributes.get("id") for _, attributes in document.elements}
    assert targets == ["#section-1", "#section-2", "#configuration"]
    assert {target[1:] for target in targets} <= ids


def test_findings_come_first_each_in_a_line():
    text = Document(report().html()).text
    order = [
        *("It falls", "By 0.2", "One plain", "note plain", "Contents", "one plain"),
        "key plain",
    ]
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert len(Document(report(facts={}).html()).all("li")) == 2 + 2


def test_input_is_escaped_everywhere():
    document = Document(report(EVIL).html())
    assert not document.all("script")
    plain, evil = Document(report().html()), document
    assert [t for t, _ in plain.elements] == [t for t, _ in evil.elements]
    assert evil.text.count(EVIL) == plain.text.count("plain")
    assert document.all("img")[0]["alt"] == f"alt {EVIL}"


def test_paragraphs_and_spaces_that_do_not_break():
    document = Document(report().html())
    assert "By 0.2\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}0.1." in document.text
    assert len(document.all("details")) == 1


@pytest.mark.parametrize("facts", [{}, {"seeds": 3, "git": None}, {"flags": {"a": 1}}])
def test_facts_of_any_kind(facts):
    document = Document(report(facts=facts).html())
    assert ("Configuration" in document.text) == bool(facts)


def test_for_phone_print_and_dark_mode():
    text = report().html()
    assert '<meta name="viewport" content="width=device-width' in text
    for rule in ("@media print", "prefers-color-scheme: dark", "overflow-x: auto"):
        assert rule in text
    assert re.search(
        r"figure img \{[^}]*max-width: 100%;[^}]*background: #ffffff", text
    )


def test_write_is_repeatable(tmp_path):
    path = report().write(tmp_path / "out" / "report.html")
    once = path.read_bytes()
    assert once.startswith(b"<!DOCTYPE html>")
    assert report().write(path).read_bytes() == once


def test_save_figures(tmp_path):
    paths = report().save_figures(tmp_path)
    names = ["error.png", "error.svg", "again.png", "again.svg"]
    assert [path.name for path in paths] == names
    assert all(path.stat().st_size for path in paths)
