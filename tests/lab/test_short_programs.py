"""What questions of theory share: smaller images, tables by condition."""

import numpy as np

from aejax import lab
from aejax.data import Images
from aejax.data.shrink import halved
from aejax.lab.blocks.views import by_condition

KEPT = lab.Measure("kept", "class kept", "%", ".0f", "higher", scale=100)


def test_every_split_of_the_data_changes_and_nothing_else():
    images = Images(np.full((3, 4, 6, 1), 8, np.uint8), np.arange(3))
    data = lab.Data({"name": "own", "class_names": "abc"}, images, images)
    found = data.changed(halved)
    assert found.image_shape == (2, 3, 1) and found.validation is None
    assert found.test.images.shape == (3, 2, 3, 1) and found.name == "own"
    np.testing.assert_array_equal(found.train.labels, images.labels)
    assert data.image_shape == (4, 6, 1)


def test_a_row_per_condition_in_displayed_units_and_others_below():
    conditions = [lab.Condition({"kind": k}, label=k) for k in ("first", "second")]
    values = {"kept": [[0.25, 0.35], [0.5, 0.5]]}
    results = lab.simulated(conditions, (KEPT,), values)
    table = by_condition(results, (KEPT,), "Kept.", {"real images": {"kept": 0.9}})
    assert [row[0] for row in table.rows] == ["first", "second", "real images"]
    assert table.rows[0][1].mean == 30 and table.rows[2][1] == 90
    assert [c.header for c in table.columns] == ["model", "class kept"]
    assert "Kept." in table.caption and "30" in table.html()
