import csv
import math
from html.parser import HTMLParser

import jax.numpy as jnp
import numpy as np
import pytest

from aejax.report.tables import (
    MINUS,
    MISSING,
    Column,
    Table,
    interval,
    number,
    write_csv,
)
from aejax.stats import estimate

TABLE = Table(
    [Column("model"), Column("d"), Column("MSE", "per pixel", ".3f")],
    [
        ["a|<b>", 4, estimate([0.5, 0.75])],
        ["c", -16, estimate([0.5])],
        ["d", None, math.nan],
        ["e", 2, (0.1, 0.02)],
    ],
)


def test_text_is_aligned():
    assert TABLE.text().splitlines() == [
        "model    d  MSE [per pixel]",
        "─────  ───  ───────────────",
        "a|<b>    4    0.625 ± 0.177",
        f"c      {MINUS}16            0.500",
        f"d        {MISSING}                {MISSING}",
        "e        2    0.100 ± 0.020",
    ]


def test_columns_that_do_not_fit_follow_below_behind_the_first():
    table = Table(
        [Column("model"), *(Column(f"measure {i}") for i in range(5))],
        [["a", *range(5)], ["b", *range(5, 10)]],
    )
    assert len(table.text(80).split("\n\n")) == 1
    for width in (30, 40):
        blocks = table.text(width).split("\n\n")
        assert len(blocks) > 1
        assert all(len(line) <= width for b in blocks for line in b.splitlines())
        heads = [block.splitlines()[0].split("  ") for block in blocks]
        assert all(head[0] == "model" for head in heads)
        shown = [word.strip() for head in heads for word in head[1:] if word.strip()]
        assert shown == [f"measure {i}" for i in range(5)]


def test_html_cells_are_escaped_and_whole():
    class Cells(HTMLParser):
        def __init__(self):
            super().__init__()
            self.cells = []

        def handle_starttag(self, tag, attrs):
            if tag in ("td", "th"):
                self.cells.append("")

        def handle_data(self, data):
            if data.strip():
                self.cells[-1] += data

    parser = Cells()
    parser.feed(TABLE.html())
    assert parser.cells[:6] == [
        "model",
        "d",
        "MSEper pixel",
        "a|<b>",
        "4",
        "0.625 ± 0.177",
    ]
    assert "<b>" not in TABLE.html()


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (True, "yes"),
        (False, "no"),
        (123456, "123456"),
        (np.float32(0.5), "0.5000"),
        (jnp.float32(0.5), "0.5000"),
        (np.int64(7), "7"),
        (math.inf, "∞"),
        (-math.inf, f"{MINUS}∞"),
        (-1.25, f"{MINUS}1.2500"),
        ((math.nan, 1.0), MISSING),
    ],
)
def test_cells(cell, shown):
    text = Table([Column("x", format=".4f")], [[cell]]).text()
    assert text.splitlines()[-1].strip() == shown


def test_only_sentences_may_be_broken():
    rows = [["short", "a sentence " * 9, 1.0], ["", "", 2.0]]
    shown = Table([Column("a"), Column("b"), Column("c")], rows).html()
    for tag in ("td", "th"):
        assert shown.count(f'<{tag} class="prose">') == (2 if tag == "td" else 1)
        assert shown.count(f'<{tag} class="number">') == (2 if tag == "td" else 1)


def test_a_table_without_rows():
    table = Table([Column("x"), Column("y")], [])
    assert table.text().splitlines()[0] == "x  y"
    assert "<tbody>" in table.html()


def test_rows_must_fit():
    with pytest.raises(ValueError, match="2 columns"):
        Table([Column("x"), Column("y")], [[1]])


def test_interval():
    assert interval((-0.5, 0.25), ".2f") == f"[{MINUS}0.50, 0.25]"
    assert interval((math.nan, math.nan)) == MISSING


def test_numbers_have_a_real_minus_sign():
    assert number(-0.5, "+.2f") == f"{MINUS}0.50"
    assert number(0.5, "+.2f") == "+0.50"
    assert number(math.nan) == MISSING


def test_csv_gives_every_float_back(tmp_path):
    values = [0.1, 1 / 3, 1e-300, np.nextafter(1, 2), math.inf]
    rows = [{"name": 'x, "y"', "value": value} for value in values]
    path = write_csv(tmp_path / "results.csv", rows)
    with path.open(newline="") as file:
        read = list(csv.DictReader(file))
    assert [float(row["value"]) for row in read] == values
    assert {row["name"] for row in read} == {'x, "y"'}


def test_csv_columns_and_scalars(tmp_path):
    rows = [
        {"d": 4, "ok": True, "mse": np.float32(0.1)},
        {"d": np.int32(8), "mse": jnp.float32(0.1), "none": None, "beta": math.nan},
    ]
    assert write_csv(tmp_path / "r.csv", rows).read_text() == (
        "d,ok,mse,none,beta\n"
        "4,True,0.10000000149011612,,\n"
        "8,,0.10000000149011612,,nan\n"
    )
