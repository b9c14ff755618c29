"""The interpolation study: pairs, paths, and a run that is killed."""

import csv
import time

import jax
import numpy as np
import pytest

from aejax.errors import UserError
from experiments._interpolation import pairs as drawing

TINY = ("--zdims=2,3", "--seeds=2", "--width=2", "--depth=2", "--pairs=30")


@pytest.fixture(scope="module")
def finished(run, tmp_path_factory):
    workdir = tmp_path_factory.mktemp("study") / "run"
    code, printed, complaints = run("interpolation", workdir, *TINY)
    assert code == 0, complaints
    return workdir, printed


def test_pairs_are_of_different_classes_and_follow_from_the_key():
    labels = np.repeat(np.arange(3), 20)
    pairs = drawing.draw_pairs(jax.random.key(0), labels, 500)
    assert pairs.shape == (500, 2)
    assert (labels[pairs[:, 0]] != labels[pairs[:, 1]]).all()
    again = drawing.draw_pairs(jax.random.key(0), labels, 500)
    np.testing.assert_array_equal(pairs, again)
    other = drawing.draw_pairs(jax.random.key(1), labels, 500)
    assert (pairs != other).any()
    # Every image is in about 500 * 2 / 60 = 17 pairs.
    counts = np.bincount(pairs.ravel(), minlength=60)
    assert 3 < counts.min() <= counts.max() < 40


def test_every_path_is_measured_and_drawn(finished):
    workdir, printed = finished
    with (workdir / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(r["path"], r["zdim"], r["seed"]) for r in rows] == [
        *((k, d, s) for d in "23" for k in ("linear", "spherical") for s in "01"),
        ("cross-fade", "", ""),
    ]
    fade = rows[-1]
    assert float(fade["departure"]) < 1e-6
    names = {path.stem for path in (workdir / "figures").glob("*.png")}
    assert names >= {"paths", "paths_d2", "paths_d3", "measures"}
    # 99.4 % of the bundled test digits, which are cut from its training images.
    assert "99.33% of its 10,000 test images right" in printed
    assert "test images rightly, which are among those it was trained on" in printed


def test_a_killed_run_ends_like_one_that_was_not(begin, run, finished, tmp_path):
    process = begin("interpolation", tmp_path, *TINY)
    while not any(tmp_path.glob("checkpoints/group_0/[0-9]*")):
        assert process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.communicate()
    code, _, complaints = run("interpolation", tmp_path, *TINY)
    assert code == 0, complaints
    names = ("results.csv", "metrics.jsonl")
    for name in names:
        assert (tmp_path / name).read_bytes() == (finished[0] / name).read_bytes()


@pytest.mark.parametrize("word", ["3", "1-2-3", "0-60", "0-1", "a-b", "0--30"])
def test_pairs_that_are_none_are_refused(word):
    labels = np.repeat(np.arange(3), 20)
    found = drawing.shown_pairs(["0-59", "25-3"], labels)
    np.testing.assert_array_equal(found, [[0, 59], [25, 3]])
    assert drawing.shown_pairs(None, labels) is None
    with pytest.raises(UserError, match="numbered from 0 to 59, as in 3-17,250-4"):
        drawing.shown_pairs([word], labels)


@pytest.mark.parametrize(
    ("flag", "complaint"),
    [
        ("--shown=0-99999", "as in 3-17,250-4"),
        ("--judge=nowhere", "holds no model"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_no_workdir(
    refused, tmp_path, flag, complaint
):
    assert complaint in refused("interpolation", tmp_path / "run", *TINY, flag)
    assert not (tmp_path / "run").exists()
