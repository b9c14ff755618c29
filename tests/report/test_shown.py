"""What a figure shows is read back from it: lines, bars, points, pixels."""

import numpy as np

from aejax.report.figures import shown
from aejax.report.lessons import DataFigure
from aejax.report.style import new_figure, picture


def test_every_mark_of_a_figure_is_a_row():
    figure = new_figure(4, 3)
    left, right, last = figure.subplots(1, 3)
    left.plot([1, 2], [3, 4], label="a line")
    left.axhline(7)
    left.errorbar([1, 2], [5, 6], [0.5, 0.25], label="bars of error")
    left.set_ylabel("height")
    right.bar([0, 1], [2, 3], label="bars")
    right.scatter([5], [6], label="a point")
    right.set_xticks([0, 1], ["cats", "dogs"])
    picture(last, np.arange(6.0).reshape(2, 3), "pixels")
    found = shown.values(figure)
    rows = list(zip(*found.values(), strict=True))
    plain = [tuple(map(str, row[:3])) + tuple(map(float, row[3:])) for row in rows]
    assert ("height", "bars of error", "", 1.0, 5.0, 0.5) in plain
    assert ("height", "bars of error", "", 2.0, 6.0, 0.25) in plain
    assert ("2", "bars", "dogs", 1.0, 3.0) in [row[:5] for row in plain]
    assert ("2", "a point", "dogs", 5.0, 6.0) in [row[:5] for row in plain]
    assert ("pixels", "image", "", 2.0, 1.0, 5.0) in plain
    assert [row[:5] for row in plain if row[1] == "a line"] == [
        ("height", "a line", "", 1.0, 3.0),
        ("height", "a line", "", 2.0, 4.0),
    ]
    assert len(plain) == 2 + 2 + 2 + 1 + 6


def test_a_figure_without_data_of_its_own_gives_what_it_shows():
    figure = new_figure(2, 2)
    figure.add_subplot().plot([1, 2, 3], [1, 4, 9], label="squares")
    rows = DataFigure(figure, "squares", "Squares.").rows()
    assert [row["y"] for row in rows] == [1, 4, 9]
    assert {row["series"] for row in rows} == {"squares"}
