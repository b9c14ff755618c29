"""Sheets of images, published values, and single models, of results made by hand."""

import dataclasses

import numpy as np
import pytest

from aejax import lab
from aejax.lab import arrange

ROW = np.zeros((3, 4, 4, 1))


def labels(results, sheet):
    (view,) = sheet.views(results)
    return [text.get_text() for text in view.figure.axes[0].get_yticklabels()]


def test_a_sheet_has_a_row_for_each_condition_and_array(make_results):
    results = make_results([[1.0], [2.0]], arrays={"a": [ROW, ROW], "b": [None, ROW]})
    assert labels(results, lab.Sheet("a", "")) == ["size 1", "size 2"]
    two = lab.Sheet("both", "", arrays={"a": "prior", "b": "mixture"})
    assert labels(results, two) == ["size 1, prior", "size 2, prior", "size 2, mixture"]
    assert lab.Sheet("missing", "").views(results) == []


def test_rows_of_one_condition_have_labels_of_their_own(make_results):
    own = np.zeros((10, *ROW.shape))
    results = make_results([[1.0], [2.0]])
    results = results.with_arrays(results.conditions[1], a=own)
    digits = [str(i) for i in range(10)]
    assert labels(results, lab.Sheet("a", "", rows="classes")) == digits
    assert labels(results, lab.Sheet("a", "")) == ["size 2"] * 10


def test_paths_of_several_conditions_stand_below_each_other(make_results):
    pairs = np.zeros((2, *ROW.shape))
    results = make_results([[1.0], [2.0]], arrays={"a": [pairs, pairs]})
    assert labels(results, lab.Sheet("a", "")) == ["size 1", "size 2"] * 2


def test_the_best_member_is_of_a_seed_and_the_best_condition_of_the_mean(make_results):
    results = make_results([[1.0, 9.0], [2.0, 3.0], [np.nan, np.nan]])
    first, second, _ = results.conditions
    assert results.best_member("error") == (first, 0)
    assert results.best("error") is second
    assert results.best_member("error", [second]) == (second, 0)
    with pytest.raises(ValueError, match="no error"):
        results.best_member("error", [results.conditions[2]])


def test_published_values_are_compared_on_their_data_alone(make_results):
    results = make_results([[1.0, 1.1], [2.0, 2.1]])
    first, second = results.conditions
    published = lab.Published(
        *(results.measures[0], {first: 0.5, second: 0.25}, "Someone (2000)"),
        *("few_digits", [first], ["its network is larger"]),
    )
    found = published.claims(results)
    assert [claim.finding for claim in found] == [True, False]
    assert found[1].contrast.estimate.mean == pytest.approx(1.8)
    assert "its network is larger" in published.notes(results)[0]
    elsewhere = dataclasses.replace(published, on="mnist")
    assert elsewhere.claims(results) == []
    (note,) = elsewhere.notes(results)
    assert "0.500 and 0.250" in note
    assert "not compared" in note


def test_arrays_of_all_seeds_are_stacked():
    one, other = lab.Condition({"a": 1}), lab.Condition({"a": 2})
    found = {(one, s): lab.Measured({}, {"x": np.full(3, s)}) for s in (0, 1)}
    stacked, nothing = arrange.of_all_seeds([one, other], found, "x")
    np.testing.assert_array_equal(stacked, [[0, 0, 0], [1, 1, 1]])
    assert nothing is None
