"""Differences word themselves; what is computed without chance is taken as known."""

import numpy as np

from aejax import lab
from aejax.lab.question_claims import all_minus, verdicts

ERROR = lab.Measure("error", "error", "%", ".1f", scale=100)


def test_differences_are_paired_or_with_a_known_value():
    first, second = (lab.Condition({"kind": k}, label=k) for k in ("first", "second"))
    known = lab.Condition({"kind": "PCA"}, label="PCA", seeds=1)
    nan = np.nan
    values = [[0.30, 0.41, 0.50], [0.10, 0.20, 0.31], [0.05, nan, nan]]
    results = lab.simulated([first, second, known], (ERROR,), {"error": values})
    found = verdicts(
        all_minus(
            results,
            {
                "paired": (first, second, ERROR, "higher"),
                "known": (first, known, ERROR, "higher"),
                "wrong": (second, first, ERROR, "higher"),
            },
        )
    )
    assert found["paired"].statement == "Error: first minus second"
    assert found["known"].statement == "Error: first minus PCA"
    assert found["paired"].measured.startswith("+20.0")
    assert found["known"].measured.startswith("+35.3")
    holds = {name: verdict.holds for name, verdict in found.items()}
    assert holds == {"paired": True, "known": True, "wrong": False}
