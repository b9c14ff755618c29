"""One measure as a table of two factors."""

from aejax import lab
from aejax.lab.blocks.crossed import Crossed


def test_rows_and_columns_are_factors_with_names():
    error = lab.Measure("error", "error", "%", ".1f", "lower", scale=100)
    cells = [(way, pairs) for way in ("A", "B") for pairs in ("loose", "none")]
    conditions = [lab.Condition({"way": way, "pairs": p}) for way, p in cells]
    values = {"error": [[0.1, 0.2], [0.2, 0.2], [0.3, 0.3], [0.4, 0.4]]}
    options = lab.SeedOptions(seeds=2)
    results = lab.simulated(conditions, (error,), values, options)
    heads = {"loose": "loose pairs", "none": "no pairs"}
    (table,) = Crossed(error, "way", "pairs", {"B": "second"}, heads).views(results)
    assert [c.head for c in table.columns] == ["error [%]", *heads.values()]
    assert [row[0] for row in table.rows] == ["A", "second"]
    assert [round(float(cell.mean), 6) for cell in table.rows[0][1:]] == [15, 20]
