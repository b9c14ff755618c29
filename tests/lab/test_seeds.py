"""Seed against condition: figures of every model."""

import numpy as np

from aejax import lab
from aejax.lab.blocks import seeds
from aejax.report.figures import shown

ERROR = lab.Measure("error", "error", "%", ".1f", "lower", scale=100)
CONDITIONS = [lab.Condition({"weight": w}, label=f"w = {w}") for w in (1.0, 2.0)]
VALUES = np.array([[0.1, 0.2, 0.4], [0.1, 0.2, 0.4]])
RESULTS = lab.simulated(CONDITIONS, (ERROR,), {"error": VALUES})


def test_every_seed_of_every_condition_is_a_point():
    figure = seeds.points(RESULTS, ERROR, {"w": CONDITIONS}, "weight")
    (axes,) = figure.axes
    assert [t.get_text() for t in axes.get_xticklabels()] == ["1", "2"]
    found = shown.values(figure)
    drawn = found["y"][found["series"] == "seed 2"]
    np.testing.assert_allclose(drawn, [40, 40])


def test_rows_have_seeds_a_mean_and_what_is_published():
    first = CONDITIONS[0]
    figure = seeds.rows(RESULTS, ERROR, CONDITIONS, {first.name: 12.0}, "split")
    found = shown.values(figure)
    assert {"a split", "mean", "published"} == set(found["series"])
    np.testing.assert_allclose(found["x"][found["series"] == "published"], 12)
    np.testing.assert_allclose(found["x"][found["series"] == "mean"], 70 / 3)
    assert sum(found["at"] == "w = 2.0") == 4
