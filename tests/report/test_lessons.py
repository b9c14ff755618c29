import re
from xml.etree import ElementTree

import numpy as np
import pytest

from aejax.report import formula, lessons


@pytest.mark.parametrize(
    "latex",
    [r"\dfrac{a}{b} < 1", r"\left(\sum_i x_i^2\right)", r"\hat\varphi \in [0, 1]"],
)
def test_a_formula_is_one_drawing_that_says_its_source(latex):
    text = formula.svg(latex)
    root = ElementTree.fromstring(text)
    assert root.get("aria-label") == latex == root[0].text
    assert "currentColor" in text and "http" not in text
    left, top, width, height = map(float, root.get("viewBox").split())
    numbers = re.findall(r"-?\d+\.\d", root[1].get("d"))
    x, y = (np.array(numbers[i::2], float) for i in (0, 1))
    assert left <= x.min() and x.max() <= left + width
    assert top <= y.min() and y.max() <= top + height
    assert formula.svg(latex) == text


def test_a_fraction_is_higher_than_a_letter():
    def height(latex):
        box = ElementTree.fromstring(formula.svg(latex)).get("viewBox")
        return float(box.split()[3])

    assert height(r"\dfrac{a}{b}") > 2 * height("a")


def test_what_cannot_be_set_is_refused():
    with pytest.raises(ValueError, match="nonsense"):
        formula.svg(r"\nonsense{x}")


def test_series_below_each_other():
    found = lessons.long({"a": {"x": [1, 2], "y": 3}, "b": {"x": 4, "y": 5}}, "which")
    assert list(found) == ["which", "x", "y"]
    np.testing.assert_array_equal(found["which"], ["a", "a", "b"])
    np.testing.assert_array_equal(found["y"], [3, 3, 5])


def test_pixels_in_rows():
    found = lessons.pixels({"i": np.array([[1.0, 2.0]]), "j": np.array([[3.0]])})
    np.testing.assert_array_equal(found["value"], [1, 2, 3])
    np.testing.assert_array_equal(found["column"], [0, 1, 0])


def test_code_is_marked_and_all_else_escaped():
    assert lessons.as_code("<b> `a<b` c") == "&lt;b&gt; <code>a&lt;b</code> c"
