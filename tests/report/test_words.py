"""Figures and names as parts of sentences."""

import pytest

from aejax.metrics.summary import mean_spread
from aejax.report.tables import MINUS
from aejax.report.words import difference, listed


@pytest.mark.parametrize(
    ("words", "sentence"),
    [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_names_are_listed(words, sentence):
    assert listed(words) == sentence


def test_a_difference_comes_with_its_interval_and_what_that_allows_to_say():
    # Mean 2, standard error 0.5 / sqrt(2), t = 12.71 at one degree of freedom.
    found = mean_spread([1.5, 2.5])
    assert difference(found, "+.1f") == f"+2.0 [{MINUS}4.4, +8.4]"
    assert difference(found, "+.1f", ("less", "more")).endswith(", not told apart")
    told = mean_spread([-2.0, -2.1, -1.9])
    assert difference(told, "+.1f", ("less", "more")).endswith("], less")


def test_a_single_run_has_a_mean_alone():
    assert difference(mean_spread([0.25]), "+.2f", ("less", "more")) == "+0.25"
