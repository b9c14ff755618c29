"""The study of few labels on tiny settings: shapes, gaps, resuming, rejections."""

import json

import jax
import numpy as np
import pytest

from aejax import pretrained
from aejax.errors import UserError
from aejax.eval import probes
from experiments import transfer
from experiments.transfer import EXPERIMENT, GAP, TEST, TRAIN

# It trains for tens of seconds.
pytestmark = pytest.mark.slow

TINY = {
    "dataset": "mnist_5k", "labels": (10, 20), "draws": 2, "seeds": 2, "zdim": 3,
    "width": 2, "depth": 2, "steps": 4, "chunk": 2, "head_steps": 3,
    "network_steps": 3,
}  # fmt: skip


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    return tmp_path_factory.mktemp("transfer") / "run"


@pytest.fixture(scope="module")
def results(workdir):
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        return EXPERIMENT.run(**TINY, workdir=str(workdir))


def test_every_method_has_an_accuracy_of_every_split(results):
    assert len(results.conditions) == 8 * 2
    for measure in (TEST, TRAIN):
        found = results.values[measure.name]
        assert found.shape == (16, 2, 2)  # conditions, seeds, splits
        assert ((found >= 0) & (found <= 1)).all()
    assert len(results.rows()) == 16 * 2 * 2
    assert {row["split"] for row in results.rows()} == {0, 1}


def test_the_gap_is_that_of_what_was_trained_to_the_end(results):
    for cell in results.conditions:
        gap = results.of(GAP, cell)
        if transfer.methods(results.options, results.data)[cell["method"]].in_steps:
            assert np.isnan(gap).all()  # Three steps are not enough.
            assert cell.label in transfer.unfinished(results).text
        else:
            difference = results.of(TRAIN, cell) - results.of(TEST, cell)
            np.testing.assert_array_equal(gap, difference)
    # A single labelled image is its own nearest neighbour.
    nearest = results.find(method="codes_nearest", labels=20)
    assert (results.of(TRAIN, nearest) == 1).all()


def test_the_confusion_matrix_counts_all_seeds_and_splits(results):
    tests = results.data.test.labels
    for cell in results.conditions:
        counts = results.array("confusion", cell)
        np.testing.assert_array_equal(counts.sum(1), 4 * np.bincount(tests))
        right = results.of(TEST, cell).mean() * 4 * len(tests)
        assert np.trace(counts) == pytest.approx(right)


def test_report_and_encoders_are_written(results, workdir):
    names = {path.stem for path in (workdir / "figures").glob("*.png")}
    assert names == {"accuracy", "tuning", "codes", "confusion", "training"}
    (kept,) = (workdir / "checkpoints" / "kept" / "encoders").iterdir()
    for kind in ("plain", "denoising"):
        model, _ = pretrained.load(kept / "models" / f"{kind},seed=1")
        assert model.zdim == results.options.zdim


def test_a_killed_run_remembers_what_it_measured(results, workdir, monkeypatch):
    """Only the method that is missing is trained again."""
    (workdir / "summary.txt").unlink()
    missing = workdir / "cache" / "codes_nearest,labels=10.json"
    before = json.loads(missing.read_text())
    missing.unlink()
    trained, trial = [], probes.trial

    def watched(probe, *rest, total, **others):
        trained.append((probe.func, total))
        return trial(probe, *rest, total=total, **others)

    monkeypatch.setattr(probes, "trial", watched)
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        again = EXPERIMENT.run(**TINY, workdir=str(workdir))
    assert trained == [(probes.nearest, 10)]
    after = json.loads(missing.read_text())
    assert after.pop("seconds") > 0
    assert before.pop("seconds") > 0
    assert after == before
    for measure in (TEST, TRAIN):
        np.testing.assert_array_equal(
            again.values[measure.name], results.values[measure.name]
        )


def test_a_checkpoint_takes_the_place_of_the_plain_encoders(results, workdir):
    (kept,) = (workdir / "checkpoints" / "kept" / "encoders").iterdir()
    checkpoint = str(kept / "models" / "plain,seed=0")
    changes = {"checkpoint": checkpoint, "distortion": 0.0, "labels": (20,)}
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        found = EXPERIMENT.run(**{**TINY, **changes})
    assert len(found.conditions) == 6  # None of an encoder that undoes distortions.
    for name in ("frozen", "codes_nearest"):
        own, other = (r.find(method=name, labels=20) for r in (found, results))
        # The encoder of seed 0 is that of the checkpoint, so its splits agree.
        np.testing.assert_array_equal(
            found.of(TEST, own)[0], results.of(TEST, other)[0]
        )


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"labels": (10, 15)}, "multiples of the 10 classes"),
        ({"labels": (10, 5000)}, "the rarest class has 400"),
        ({"checkpoint": "nowhere"}, "no model"),
    ],
)
def test_what_does_not_suit_leaves_no_workdir(tmp_path, changes, complaint):
    with pytest.raises(UserError, match=complaint):
        EXPERIMENT.run(**{**TINY, **changes}, workdir=str(tmp_path / "run"))
    assert not (tmp_path / "run").exists()
