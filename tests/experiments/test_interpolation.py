"""The interpolation study: pairs, paths, and a run that is killed."""

import csv
import time

import jax
import numpy as np
import pytest

from experiments import interpolation

TINY = ("--zdims=2,3", "--seeds=2", "--width=2", "--depth=2", "--pairs=30")


@pytest.fixture(scope="module")
def finished(run, tmp_path_factory):
    workdir = tmp_path_factory.mktemp("study") / "run"
    code, printed, complaints = run("interpolation", workdir, *TINY)
    assert code == 0, complaints
    return workdir, printed


def test_pairs_are_of_different_classes_and_follow_from_the_key():
    labels = np.repeat(np.arange(3), 20)
    pairs = interpolation.draw_pairs(jax.random.key(0), labels, 500)
    assert pairs.shape == (500, 2)
    assert (labels[pairs[:, 0]] != labels[pairs[:, 1]]).all()
    again = interpolation.draw_pairs(jax.random.key(0), labels, 500)
    np.testing.assert_array_equal(pairs, again)
    other = interpolation.draw_pairs(jax.random.key(1), labels, 500)
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
    # 99.4 % of the bundled test digits.
    assert "it names 99." in printed


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


@pytest.mark.parametrize("flag", ["--shown=3", "--shown=1-2-3", "--shown=0-99999"])
def test_pairs_that_are_none_end_in_one_line(refused, tmp_path, flag):
    assert "as in 3-17,250-4" in refused("interpolation", tmp_path, *TINY, flag)
