"""Results as arrays over conditions, seeds and units; their rows; what is drawn."""

import dataclasses

import matplotlib.figure
import numpy as np
import pytest

from aejax import lab
from aejax.lab.blocks import views
from aejax.lab.blocks.publish import publication
from aejax.lab.blocks.sections import render
from aejax.lab.laboratory import Lab
from aejax.lab.training.fit import Trained
from aejax.report.html import CaptionedFigure
from aejax.report.tables import Column, Table

ERROR = lab.Measure("error", "error", "px", ".3f", better="lower")
SCORE = lab.Measure("score", "score", "%", ".1f", better="higher", scale=100)
VALUES = {
    "error": np.array([[1.0, 2.0], [4.0, 6.0], [np.nan, 8.0]]),
    "score": np.array([[0.5, 0.5], [0.25, 0.75], [0.1, 0.3]]),
}


@pytest.fixture
def results(make_results):
    return make_results(
        VALUES,
        measures=[ERROR, SCORE],
        baselines={"PCA": {"error": [9.0, 8.0, 7.0]}, "chance": {"score": 0.125}},
        seconds=np.array([[1.0, 3.0], [2.0, 2.0], [np.nan, 5.0]]),
        diverged=np.array([[-1, -1], [-1, -1], [40, -1]]),
    )


class TestLookingUp:
    def test_conditions_are_found_by_their_factors(self, results):
        assert results.find(size=2) is results.conditions[1]
        assert results.where(size=4) == [results.conditions[2]]
        assert results.where() == list(results.conditions)
        with pytest.raises(KeyError, match="size"):
            results.find(size=3)
        assert results.conditions[0]["size"] == 1

    def test_measures_are_found_by_name(self, results):
        assert results.measure("score") is SCORE
        with pytest.raises(KeyError, match="nothing"):
            results.measure("nothing")

    def test_means_leave_lost_members_out(self, results):
        found = [results.mean("error", c) for c in results.conditions]
        assert found == [1.5, 5.0, 8.0]
        assert results.estimate(ERROR, results.conditions[2]).n == 1

    def test_the_best_is_that_of_the_best_mean(self, results):
        assert results.best(ERROR) is results.conditions[0]
        assert results.best(SCORE, results.conditions[1:]) is results.conditions[1]
        with pytest.raises(ValueError, match="neither"):
            results.best(dataclasses.replace(ERROR, better=None))

    def test_baselines_are_of_each_condition(self, results):
        np.testing.assert_array_equal(results.baseline("PCA", ERROR), [9, 8, 7])
        np.testing.assert_array_equal(results.baseline("chance", SCORE), [0.125] * 3)
        assert results.baseline("PCA", SCORE) is None
        assert results.baseline("nothing", SCORE) is None

    def test_what_diverged_is_named_by_its_step(self, results):
        assert results.lost == {"size=4,seed=0": 40}


class TestConditions:
    def test_names_and_labels_come_from_the_factors(self):
        condition = lab.Condition({"beta": 4.0, "zdim": 8, "kind": "conv"})
        assert condition.name == "beta=4,zdim=8,kind=conv"
        assert condition.label == "beta = 4, zdim = 8, kind = conv"
        assert condition.member(3) == "beta=4,zdim=8,kind=conv,seed=3"
        given = lab.Condition({"zdim": 8}, name="n", label="a label")
        assert (given.name, given.label) == ("n", "a label")

    def test_fractions_stay(self):
        assert lab.Condition({"beta": 0.5}).name == "beta=0.5"


class TestRows:
    def test_a_line_per_model(self, results):
        rows = results.rows()
        assert len(rows) == 6
        assert rows[3] == {
            "dataset": "few_digits",
            "size": 2,
            "seed": 1,
            "error": 6.0,
            "score": 0.75,
            "train_seconds": 2.0,
            "diverged_at_step": None,
        }
        assert np.isnan(rows[4]["error"])
        assert rows[4]["diverged_at_step"] == 40

    def test_without_divergence_there_is_no_such_column(self, make_results):
        plain = make_results(VALUES, diverged=np.full((3, 2), -1))
        assert all("diverged_at_step" not in row for row in plain.rows())

    def test_a_line_per_unit(self, make_results):
        units = np.arange(12.0).reshape(2, 2, 3)
        values = {"error": units, "seed_wide": [[1, 2], [3, 4]]}
        results = make_results(values, unit="pairs", rows_of_units=True)
        rows = results.rows()
        assert len(rows) == 12
        assert rows[4] == {
            "dataset": "few_digits", "size": 1, "seed": 1, "pair": 1,
            "error": 4.0, "seed_wide": 2.0,
        }  # fmt: skip
        means = dataclasses.replace(results, rows_of_units=False).rows()
        assert [row["error"] for row in means] == [1, 4, 7, 10]
        np.testing.assert_array_equal(results.by_seed("error"), [[1, 4], [7, 10]])

    def test_the_frame_has_the_same_lines(self, results):
        frame = results.frame()
        assert list(frame.columns) == list(results.rows()[0])
        np.testing.assert_array_equal(
            frame["error"].to_numpy(), VALUES["error"].ravel()
        )

    def test_a_condition_may_have_fewer_seeds(self, make_results):
        results = make_results(VALUES)
        fewer = dataclasses.replace(results.conditions[0], seeds=1)
        results = dataclasses.replace(
            results, conditions=(fewer, *results.conditions[1:])
        )
        assert [(r["size"], r["seed"]) for r in results.rows()] == [
            (1, 0), (2, 0), (2, 1), (4, 0), (4, 1),
        ]  # fmt: skip


class TestArranging:
    def test_what_was_measured_becomes_arrays(self, few_digits):
        options = lab.Options(seeds=2)
        laboratory = Lab(options, few_digits, (ERROR, SCORE), None)
        first, second = (lab.Condition({"size": n}) for n in (1, 2))
        measured = {
            (first, 1): lab.Measured({"error": [1.0, 2.0, 3.0]}, {"shown": "later"}),
            (first, 0): lab.Measured({"error": [4.0, 5.0, 6.0]}, {"shown": "first"}),
            (second, 1): lab.Measured({"error": [7.0, 8.0, 9.0], "score": None}),
        }
        found = laboratory.results([first, second], measured, unit="pairs")
        assert found.values["error"].shape == (2, 2, 3)
        np.testing.assert_array_equal(found.values["error"][0], [[4, 5, 6], [1, 2, 3]])
        assert np.isnan(found.values["error"][1, 0]).all()
        assert np.isnan(found.values["score"]).all()
        assert found.arrays == {"shown": ["first", None]}
        assert found.array("shown", second) is None
        assert found.first("shown") == ["first"]
        assert np.isnan(found.seconds).all()
        assert found.lost == {}

    def test_curves_are_of_those_that_were_recorded(self, make_results):
        results = make_results(VALUES)
        condition = results.conditions[0]
        records = [
            {"step": step, "member": condition.member(seed), "loss": 10.0 * seed + step}
            for step in (2, 4)
            for seed in (0, 1)
            if (step, seed) != (4, 1)
        ]
        results = dataclasses.replace(results, records=records)
        steps, values = results.curves("loss", condition)
        assert steps.tolist() == [2, 4]
        np.testing.assert_array_equal(values, [[2, 4], [12, np.nan]])

    def test_members_are_named_once(self):
        assert Trained((), None, ()).members == []


def drawn(block, results):
    found = render(lab.Section("x", block), results).part
    assert all(isinstance(f.figure, matplotlib.figure.Figure) for f in found.figures)
    return found


class TestViews:
    def test_the_summary_has_means_baselines_and_divergences(self, results):
        block = lab.Summary((ERROR, SCORE), beside={"error": "PCA"}, show_seconds=True)
        (table,) = drawn(block, results).tables
        heads = [column.header for column in table.columns]
        assert heads == ["model", "error", "PCA", "score", "training", "diverged"]
        assert [row[1].mean for row in table.rows] == [1.5, 5, 8]
        assert [row[2] for row in table.rows] == [9, 8, 7]
        assert [row[3].mean for row in table.rows] == pytest.approx([50, 50, 20])
        assert [row[4] for row in table.rows] == [2, 2, 5]
        assert [row[5] for row in table.rows] == ["", "", "step 40"]

    def test_the_summary_has_a_column_per_factor_and_a_star(self, results):
        (table,) = drawn(lab.Summary([ERROR], factors={"size": "s"}), results).tables
        assert [row[0] for row in table.rows] == [1, 2, 4]
        starred = lab.Summary([ERROR], marked=results.conditions[1])
        (table,) = drawn(starred, results).tables
        assert [row[0] for row in table.rows] == ["size 1", "size 2 *", "size 4"]

    def test_lines_are_the_displayed_values(self, results):
        block = lab.Lines([SCORE], "size", references=("chance",))
        (picture,) = drawn(block, results).figures
        axes = picture.figure.axes[0]
        (container,) = axes.containers
        np.testing.assert_allclose(container.lines[0].get_ydata(), [50, 50, 20])
        level = next(line for line in axes.lines if line.get_label() == "chance")
        np.testing.assert_allclose(level.get_ydata(), 12.5)
        assert axes.get_ylabel() == "score [%]"

    def test_lines_have_a_series_per_value_of_a_factor(self, make_results):
        factors = [{"size": s, "kind": k} for k in "ab" for s in (1, 2)]
        values = np.arange(8.0).reshape(4, 2)
        results = make_results(values, factors=factors)
        block = lab.Lines(results.measures, "size", series="kind")
        (picture,) = drawn(block, results).figures
        lines = {
            c.get_label(): c.lines[0].get_ydata().tolist()
            for c in picture.figure.axes[0].containers
        }
        assert lines == {"a": [0.5, 2.5], "b": [4.5, 6.5]}

    def test_a_forest_is_in_displayed_units(self, results):
        (picture,) = drawn(lab.Forest([SCORE]), results).figures
        points = [c.lines[0].get_xdata()[0] for c in picture.figure.axes[0].containers]
        np.testing.assert_allclose(points, [50, 50, 20])

    def test_own_figures_and_tables(self, results):
        table = Table([Column("x")], [[1]])
        assert list(drawn(lab.Listing(table), results).tables) == [table]
        assert not drawn(lab.Figure("none", lambda r: None, "c"), results).figures
        own = lab.Figure("own", lambda r: matplotlib.figure.Figure(), "A caption.")
        (picture,) = drawn(own, results).figures
        assert isinstance(picture, CaptionedFigure)
        assert (picture.name, picture.caption) == ("own", "A caption.")

    def test_without_records_there_are_no_curves(self, results):
        assert not drawn(lab.Curves("loss", "loss"), results).figures

    def test_an_estimate_is_scaled_as_a_whole(self):
        from aejax.stats import estimate

        found = views.scaled(estimate([0.1, 0.2, 0.4]), 100)
        expected = estimate([10, 20, 40])
        assert found.mean == pytest.approx(expected.mean)
        assert found.std == pytest.approx(expected.std)
        assert found.interval == pytest.approx(expected.interval)


def test_divergence_is_a_finding_of_its_own(results):
    found = publication("t", [lab.Section("s", lab.Summary([ERROR]))], results, {})
    (finding,) = found.report.findings
    assert finding.startswith("1 of 5 models diverged")
    assert "size=4,seed=0 (step 40)" in finding
