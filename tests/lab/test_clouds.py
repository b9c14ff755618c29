"""Views by class, of a cost, and comparisons with one condition."""

import numpy as np
import pytest

from aejax import lab

COST = lab.Measure("cost", "parameters")


@pytest.fixture
def results(make_results, few_digits):
    codes = np.random.default_rng(0).normal(size=(len(few_digits.test.labels), 2))
    return make_results(
        {"error": [[1, 2], [3, 4], [5, 7]], "cost": [[10, 10], [20, 20], [40, 40]]},
        arrays={
            "codes": [codes, None, 2 * codes],
            "confusion": [np.eye(10, dtype=int), None, None],
        },
    )


def test_what_has_an_array_is_named_by_its_label(results):
    assert list(results.labelled("codes")) == ["size 1", "size 4"]
    assert list(results.labelled("codes", results.conditions[1:])) == ["size 4"]
    assert results.labelled("nothing") == {}


def test_clouds_have_a_panel_for_each_condition_with_codes(results):
    (view,) = lab.Clouds("codes_all", "Codes.", ring=(1.0, "one")).views(results)
    assert (view.name, view.caption) == ("codes_all", "Codes.")
    assert [a.get_title() for a in view.figure.axes] == ["size 1", "size 4"]
    (legend,) = view.figure.legends
    names = [text.get_text() for text in legend.get_texts()]
    assert names == [*results.data.class_names, "one"]
    assert lab.Clouds("x", "y", results.conditions[1:2]).views(results) == []


def test_a_confusion_matrix_is_of_one_condition(results):
    first = results.conditions[0]
    (view,) = lab.Confusion("confusion", "Which.", first).views(results)
    assert view.figure.axes[0].get_title() == "size 1"


def test_a_tradeoff_has_a_line_for_each_factor(results):
    error = results.measures[0]
    names = {"size": "the size"}
    view = lab.Tradeoff(
        COST, error, {"size": results.conditions}, names, "costs", "Both."
    )
    (found,) = view.views(results)
    axes = found.figure.axes[0]
    line = axes.lines[0]  # Then the caps of its bars.
    np.testing.assert_array_equal(line.get_xdata(), [10, 20, 40])
    np.testing.assert_array_equal(line.get_ydata(), [1.5, 3.5, 6])
    assert [text.get_text() for text in axes.texts] == ["1", "2", "4"]
    assert lab.Tradeoff(COST, error, {}, names, "costs", "").views(results) == []


def test_each_is_compared_but_the_one_itself(results):
    first, *others = results.conditions
    found = lab.each_versus(results.conditions, first, results.measures, headline=())
    assert [block.of for block in found] == others
    assert all(block.against is first for block in found)
    assert all(block.headline == () for block in found)
