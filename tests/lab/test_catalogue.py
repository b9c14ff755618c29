"""A package of questions is listed without being imported."""

import pytest

from aejax.errors import UserError
from aejax.lab.catalogue import Catalogue, Entry
from aejax.report.pages import Chapter

FILE = '''"""{question}

The answer.
"""
from aejax import lab
raise RuntimeError("imported")
QUESTION = lab.Question.of(globals(), number={number}, title="")
'''


@pytest.fixture
def catalogue(tmp_path):
    """Two questions and a file that is none."""
    for name, number in (("round_shapes", 12), ("colours", 3)):
        text = FILE.format(question=f"What of\n{name}?", number=number)
        (tmp_path / f"{name}.py").write_text(text)
    (tmp_path / "helpers.py").write_text('"""No question."""')
    (tmp_path / "__main__.py").write_text(FILE.format(question="No?", number=1))
    chapter = Chapter("Vision", "What is seen.", ("round_shapes", "colours"))
    return Catalogue("own", tmp_path, (chapter,), "python -m own")


def test_entries_are_by_number_and_the_list_by_chapter(catalogue):
    colours = Entry(3, "colours", "What of colours?")
    assert catalogue.entries() == [
        colours,
        Entry(12, "round_shapes", "What of round_shapes?"),
    ]
    text = catalogue.listing()
    assert text.startswith("Vision. What is seen.\n 12  round_shapes  What of")
    assert text.index("round_shapes") < text.index("  3  colours       What")
    assert "python -m own --question=all" in text


def test_words_name_questions_or_hint_at_them(catalogue):
    assert catalogue.chosen(["Round-Shapes", "3", "colours"]) == [
        "colours",
        "round_shapes",
    ]
    assert catalogue.chosen(["12", "all"]) == ["colours", "round_shapes"]
    assert catalogue.chosen([]) == []
    with pytest.raises(UserError, match="colours"):
        catalogue.chosen(["color"])
    with pytest.raises(UserError, match="python -m own lists all"):
        catalogue.chosen(["99"])
