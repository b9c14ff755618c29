"""A whole study: the same in memory, in a folder, and broken off half-way."""

import csv
import dataclasses
import math
import os
import signal

import jax
import numpy as np
import orbax.checkpoint as ocp
import pandas as pd
import pytest

from aejax import lab
from aejax.errors import UserError
from aejax.lab.run import belongings, interrupt, records, workdir

pytestmark = pytest.mark.usefixtures("compile_once")


@pytest.fixture(scope="module")
def in_memory(study):
    return study.run()


@pytest.fixture(scope="module")
def whole(study, tmp_path_factory):
    """The results and the folder of a run that was never stopped."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    return study.run(workdir=str(folder)), folder


@pytest.fixture(scope="module")
def broken(study, tmp_path_factory):
    """The same, stopped by a signal after each of the first two chunks."""
    folder = tmp_path_factory.mktemp("broken") / "run"
    write = records.Recorder.write

    def write_and_signal(self, *arguments):
        values = write(self, *arguments)
        os.kill(os.getpid(), signal.SIGTERM)
        return values

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records.Recorder, "write", write_and_signal)
        for step in (2, 4):
            with pytest.raises(interrupt.Stopped, match=f"at step {step}, which is"):
                study.run(workdir=str(folder))
            assert not (folder / "results.csv").exists()
    return study.run(workdir=str(folder)), folder


def lines(folder):
    with (folder / "results.csv").open(newline="") as file:
        return [
            {k: v for k, v in row.items() if k != "train_seconds"}
            for row in csv.DictReader(file)
        ]


def files(folder):
    """Where everything lies, but for files whose names each process makes up."""
    return {
        path.relative_to(folder)
        for path in folder.rglob("*")
        if not {"tensorboard", "checkpoints", "params"} & set(path.parent.parts)
    }


def test_memory_and_folder_give_the_same(in_memory, whole):
    results, _ = whole
    for name, values in in_memory.values.items():
        assert values.shape == (2, 2)
        assert np.isfinite(values).all()
        np.testing.assert_array_equal(values, results.values[name])
    assert list(in_memory.records) == list(results.records)
    np.testing.assert_array_equal(
        in_memory.first("reconstructions"), results.first("reconstructions")
    )


def test_broken_and_whole_runs_end_alike(whole, broken):
    (_, folder), (_, other) = whole, broken
    assert lines(other) == lines(folder)
    assert files(other) == files(folder)
    for name in ("metrics.jsonl", "figures/measures.png", "figures/training.svg"):
        assert (other / name).read_bytes() == (folder / name).read_bytes()
    for member in ("zdim=2,seed=0", "zdim=4,seed=1"):
        saved, expected = (f / "models" / member for f in (other, folder))
        described = [(f / "model.json").read_text() for f in (saved, expected)]
        assert described[0] == described[1]
        jax.tree.map(np.testing.assert_array_equal, params(saved), params(expected))
    printed, expected = (
        [line for line in (f / "summary.txt").read_text().splitlines()
         if "report:" not in line and "training" not in line]
        for f in (other, folder)
    )  # fmt: skip
    assert without_times(printed) == without_times(expected)


def params(saved):
    with ocp.StandardCheckpointer() as checkpointer:
        return checkpointer.restore(saved / "params")


def without_times(printed):
    """The table's rows end with seconds, which differ."""
    return [line if "±" not in line else line.rpartition(" ")[0] for line in printed]


def test_the_rows_are_the_values(whole):
    results, folder = whole
    rows = lines(folder)
    assert [(r["dataset"], r["zdim"], r["seed"]) for r in rows] == [
        ("few_digits", str(d), str(s)) for d in (2, 4) for s in (0, 1)
    ]
    for measure in ("mse", "extent"):
        found = np.array([float(r[measure]) for r in rows]).reshape(2, 2)
        np.testing.assert_array_equal(found, results.values[measure])


def test_the_frame_is_the_file(whole):
    results, folder = whole
    pd.testing.assert_frame_equal(
        results.frame(), pd.read_csv(folder / "results.csv"), check_exact=True
    )


def test_everything_is_written(whole):
    _, folder = whole
    names = {path.name for path in folder.iterdir()}
    assert names == {*belongings.NAMES, belongings.MARK, ".lock"}
    figures = {path.name for path in (folder / "figures").iterdir()}
    drawn = ("measures", "forest", "reconstructions", "training")
    assert figures == {f"{name}.{kind}" for name in drawn for kind in ("png", "svg")}
    report = (folder / "report.html").read_text()
    assert "Very few images." in report
    config = workdir.configuration(folder)
    assert config["settings"]["zdims"] == [2, 4]
    assert config["settings"]["steps"] == 6


def test_findings_and_table_of_the_report_agree(study, whole):
    results, _ = whole
    found = study.publication(results, study.prepare(study.options()).config)
    claims = found.report.sections[0].tables[-1]
    assert len(claims.rows) == 4
    assert len(found.report.findings) == 3
    for sentence, row in zip(
        found.report.findings, [claims.rows[i] for i in (0, 2, 3)], strict=True
    ):
        assert row[2] in sentence
        assert row[3] in sentence
    text = found.text()
    for sentence in found.report.findings:
        assert " ".join(sentence.split()) in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 100


def test_a_caution_stands_once_at_the_head(study, whole):
    results, _ = whole
    found = study.publication(results, study.prepare(study.options()).config)
    assert list(found.report.notes) == ["Very few images."]
    assert all(not part.notes for part in found.report.sections)


@pytest.fixture(scope="module")
def wounded(study, tmp_path_factory):
    """A run of which the models of one condition diverge."""
    folder = tmp_path_factory.mktemp("wounded") / "run"
    return study.run(workdir=str(folder), bad=4), folder


def test_models_that_diverge_are_nan_and_the_others_as_they_are(wounded, in_memory):
    results, _ = wounded
    for name, values in results.values.items():
        assert np.isnan(values[1]).all()
        np.testing.assert_array_equal(values[0], in_memory.values[name][0])
    assert set(results.lost) == {"zdim=4,seed=0", "zdim=4,seed=1"}
    assert (results.diverged[0] == -1).all()
    assert (results.diverged[1] > 0).all()


def test_models_that_diverge_are_named_everywhere(wounded):
    results, folder = wounded
    rows = lines(folder)
    assert [row["mse"] == "nan" for row in rows] == [False, False, True, True]
    steps = [row["diverged_at_step"] for row in rows]
    assert steps[:2] == ["", ""]
    assert [int(step) for step in steps[2:]] == list(results.lost.values())
    summary = (folder / "summary.txt").read_text()
    report = (folder / "report.html").read_text()
    for text in (" ".join(summary.split()), " ".join(report.split())):
        assert "2 of 4 models diverged" in text
        for name, step in results.lost.items():
            assert f"{name} (step {step})" in text
    pd.testing.assert_frame_equal(
        results.frame().astype({"diverged_at_step": float}),
        pd.read_csv(folder / "results.csv"),
        check_exact=True,
    )


def test_all_models_diverging_is_the_users_to_mend(study):
    with pytest.raises(UserError, match="all 2 models diverged"):
        study.run(zdims=4, bad=4)


def test_epochs_are_passes_over_whole_batches(study):
    for epochs, steps in ((2.5, round(2.5 * 6)), (0.01, 1)):
        options = study.options(epochs=epochs)
        prepared = study.prepare(options)
        assert prepared.options.steps == steps
        assert prepared.options.epochs is None
        assert prepared.config["settings"]["steps"] == steps


def test_options_that_do_not_suit_the_data_are_refused_before_a_folder_is_made(
    study, tmp_path
):
    for changes, message in (
        ({"batch_size": 51}, "batch_size=51: there are 50 training images"),
        ({"zdims": 785}, "zdims=785: more than there are pixels"),
    ):
        with pytest.raises(UserError, match=message):
            study.run(workdir=str(tmp_path / "run"), **changes)
    assert not (tmp_path / "run").exists()


def test_another_configuration_in_a_used_folder_is_refused(study, whole):
    _, folder = whole
    before = (folder / "config.json").read_bytes()
    with pytest.raises(UserError, match="steps was 6 and is 8"):
        study.run(workdir=str(folder), steps=8)
    assert (folder / "config.json").read_bytes() == before


@pytest.mark.slow
def test_a_study_of_its_own_has_the_same_verbs(study):
    """Two stages, something cached, conditions without a model."""
    plain = lab.Condition({"zdim": 0}, label="nothing")

    def algorithm(model):
        return study.algorithm(None, model)

    def own(laboratory):
        conditions = list(study.design(laboratory.options, laboratory.data))
        first = laboratory.fit(conditions[:1], algorithm, stage="first")
        second = laboratory.fit(conditions[1:], algorithm, stage="second")
        level = laboratory.cached("level", lambda: {"mse": 0.25})
        measured = {(plain, 0): lab.Measured({"mse": level["mse"], "extent": None})}
        test = lab.arrays(laboratory.data.test)
        for trained in (first, second):
            found = laboratory.predict(trained, study.predict, test)
            for condition, seed, name in laboratory.alive(conditions, trained):
                measured[condition, seed] = study.measure(
                    condition, found[name], laboratory.data
                )
        everything = [*conditions, plain]
        return laboratory.results(everything, measured, [first, second])

    staged = dataclasses.replace(study, study=own, report=lambda results: [])
    results = staged.run()
    expected = study.run().values["mse"]
    np.testing.assert_allclose(results.values["mse"][:2], expected, rtol=1e-3)
    assert results.values["mse"][2, 0] == 0.25
    assert math.isnan(results.values["mse"][2, 1])
    assert np.isnan(results.values["extent"][2]).all()
    assert np.isnan(results.seconds[2]).all()


def test_shared_batches_and_seeds_of_single_conditions(study):
    prepared = study.prepare(study.options(seeds=3, shared_batches=True))
    laboratory = prepared.lab(None)
    conditions = list(study.design(laboratory.options, laboratory.data))
    conditions[1] = dataclasses.replace(conditions[1], seeds=1)
    found = [(m.name, m.seed, m.data_seed) for m in laboratory.members(conditions)]
    assert found == [
        ("zdim=2,seed=0", 0, 0),
        ("zdim=2,seed=1", 1, 0),
        ("zdim=2,seed=2", 2, 0),
        ("zdim=4,seed=0", 0, 0),
    ]
    own = dataclasses.replace(prepared, options=study.options(seeds=2)).lab(None)
    assert [m.data_seed for m in own.members(conditions)] == [0, 1, 0]


@pytest.mark.slow
def test_what_several_runs_need_is_trained_once(study, tmp_path):
    """And found again in the cache by another run; without one it is the run's own."""

    def kept(name, cache=tmp_path / "cache"):
        (tmp_path / name).mkdir()
        prepared = study.prepare(study.options(cache_dir=cache))
        laboratory = prepared.lab(workdir.Workdir(tmp_path / name))
        conditions = list(study.design(laboratory.options, laboratory.data))
        arrays = lab.arrays(laboratory.data.train)
        return laboratory.kept(
            "encoders", laboratory.members(conditions), algorithm, arrays, arrays,
            steps=4, batch_size=8,
        )  # fmt: skip

    def algorithm(model):
        return study.algorithm(None, model)

    first, second = kept("one"), kept("two")
    assert first.seconds == second.seconds
    (folder,) = (tmp_path / "cache" / "encoders").iterdir()
    assert folder.name.startswith("few_digits-")
    _, params = second["zdim=2,seed=0"]
    jax.tree.map(np.testing.assert_array_equal, params, first["zdim=2,seed=0"][1])
    with (
        workdir.locked(folder, "unused"),
        pytest.raises(UserError, match="wait for it to end: it trains the encoders"),
    ):
        kept("three")
    kept("four", None)
    assert (tmp_path / "four" / "checkpoints" / "kept" / "encoders").is_dir()
    made = {path.name for path in tmp_path.iterdir()}
    assert made == {"one", "two", "three", "four", "cache"}
