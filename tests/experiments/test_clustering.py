"""The clustering study: its members, what it leaves behind, and a killed run."""

import csv
import json
import shutil
import time

import numpy as np
import pytest

from aejax import data
from aejax.metrics import clustering
from aejax.run import study
from aejax.run import workdir as folders
from experiments._clustering.evidence import Variant
from experiments._clustering.neighbours import nearest, with_neighbours

TINY = ("--seeds=2", "--hidden=8", "--zdims=2,3", "--samples=20")
FIGURES = {
    *("training_accuracy", "training_nmi", "methods"),
    *("categories", "confusion", "conditional"),
}


@pytest.fixture(scope="module")
def finished(run, tmp_path_factory):
    workdir = tmp_path_factory.mktemp("study") / "run"
    code, printed, complaints = run("clustering", workdir, *TINY)
    assert code == 0, complaints
    return workdir, printed


@pytest.fixture(scope="module")
def rows(finished):
    with (finished[0] / "results.csv").open() as file:
        return list(csv.DictReader(file))


def test_names_tell_variants_and_seeds_apart():
    variants = [
        Variant(2, None, 1.0),
        Variant(2, 5.0, None),
        Variant(2, 5.0, None, 10.0),
        Variant(3, 5.0, None),
    ]
    assert len({v.member(s) for v in variants for s in (0, 1)}) == 8
    assert len({v.label for v in variants}) == 4


def test_neighbours_are_the_nearest_other_images():
    # So few images have no more principal components than are kept.
    pictures = data.load("mnist_5k", "test").images[:40]
    points = pictures.reshape(40, -1).astype(np.float64)
    distances = np.square(points[:, None] - points[None]).sum(-1)
    np.fill_diagonal(distances, np.inf)
    np.testing.assert_array_equal(nearest(pictures, 3), distances.argsort(1)[:, :3])


def test_overwrite_leaves_no_neighbours_of_other_data(finished, tmp_path):
    copy = shutil.copytree(finished[0], tmp_path / "copy")
    assert (copy / "estimates" / "neighbours.json").exists()
    folders.clear(copy)
    assert {path.name for path in copy.iterdir()} <= {".lock"}
    split = data.load("mnist_5k", "test")
    few = split._replace(images=split.images[:40], labels=split.labels[:40])
    run = study.Study(None, folders.Workdir(copy), {}, few, few)
    assert with_neighbours(run, 3)["near"].shape == (40, 3, 28, 28, 1)
    folders.clear(copy)
    assert with_neighbours(run, 2)["near"].shape == (40, 2, 28, 28, 1)


def test_a_wrong_judge_is_refused_before_anything_is_trained(
    refused, finished, tmp_path
):
    vae = finished[0] / "models" / "vae,seed=0"
    complaint = refused("clustering", tmp_path / "run", f"--judge={vae}")
    assert "holds no Classifier of images (28, 28, 1)" in complaint
    assert not (tmp_path / "run").exists()


def test_a_weight_of_zero_is_not_spoken_of(run, tmp_path):
    flags = ("--seeds=1", "--hidden=8", "--zdims=2", "--samples=20", "--agreement=0")
    code, printed, complaints = run("clustering", tmp_path, *flags)
    assert code == 0, complaints
    assert "greement" not in printed
    assert "disagreement" not in (tmp_path / "metrics.jsonl").read_text()
    assert "k-means on VAE codes  " in printed
    assert not (tmp_path / "estimates").exists()


def test_all_joint_members_are_one_program(finished):
    plan = json.loads((finished[0] / "plan.json").read_text())
    # 2 latent sizes x 3 kinds x 2 seeds, the plain VAEs, the conditional one.
    assert [len(positions) for positions in plan] == [12, 2, 1]


def test_every_model_and_reference_has_its_row(rows):
    joint = [row for row in rows if row["method"] == "joint"]
    assert len(joint) == 12
    assert {row["method"] for row in rows[12:]} == {
        "k-means on pixels",
        "k-means on VAE codes, d = 2",
    }
    assert len(rows) == 16
    pixels = [float(r["accuracy"]) for r in rows if r["method"] == "k-means on pixels"]
    # Known of MNIST, for any first centres.
    assert all(0.45 < accuracy < 0.65 for accuracy in pixels)


def test_rows_are_computed_from_the_recorded_counts(finished, rows):
    lines = (finished[0] / "metrics.jsonl").read_text().splitlines()
    last = {r["member"]: r for r in map(json.loads, lines) if "counts" in r}
    assert len(last) == 12
    counts = [np.array(record["counts"]) for record in last.values()]
    assert all(one.shape == (10, 10) and one.sum() == 1000 for one in counts)
    found = sorted(clustering.match(one).accuracy for one in counts)
    joint = [row for row in rows if row["method"] == "joint"]
    assert found == sorted(float(row["accuracy"]) for row in joint)


def test_the_report_shows_every_figure(finished):
    workdir, printed = finished
    names = {path.stem for path in (workdir / "figures").glob("*.png")}
    assert names == FIGURES
    assert (workdir / "report.html").read_text().count("<img") == len(names)
    assert "whole MNIST; this is mnist_5k" in printed


def test_a_killed_run_ends_like_one_that_was_not(begin, run, finished, tmp_path):
    process = begin("clustering", tmp_path, *TINY)
    while not any(tmp_path.glob("checkpoints/group_0/[0-9]*")):
        assert process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.communicate()
    code, _, complaints = run("clustering", tmp_path, *TINY)
    assert code == 0, complaints
    for name in ("metrics.jsonl", "results.csv"):
        here, there = ((path / name).read_text() for path in (tmp_path, finished[0]))
        assert without_seconds(here) == without_seconds(there)


def without_seconds(text):
    """The lines of results.csv less their last column, which is a time."""
    if text.startswith("{"):
        return text
    return [line.rpartition(",")[0] for line in text.splitlines()]


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ("--zdims=0", "whole number of 1 or more"),
        ("--capacities=-1", "not a number above 0"),
        ("--betas=x", "not a number above 0"),
        ("--agreement=-1", "--agreement"),
        ("--neighbours=-1", "--neighbours"),
    ],
)
def test_bad_flags_end_in_one_line(refused, tmp_path, flag, said):
    assert said in refused("clustering", tmp_path, flag)
