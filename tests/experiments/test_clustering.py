"""The clustering study: its members, what it measures, and what it leaves behind."""

import dataclasses
import json

import jax
import numpy as np
import pytest

from aejax import data, lab
from aejax.errors import UserError
from aejax.eval import clustering
from aejax.lab import flags
from experiments.clustering import (
    ACCURACY,
    CONDITIONAL,
    CORRECT,
    EXPERIMENT,
    JOINT,
    Options,
    joint_vaes,
    one_term_less,
    others,
    report,
)

# It trains for tens of seconds.
pytestmark = pytest.mark.slow

FIGURES = {
    *("training_accuracy", "training_nmi", "methods"),
    *("categories", "confusion", "conditional"),
}
DATA = lab.Data(
    data.describe("mnist_5k"),
    *(data.Images(np.zeros((1, 8, 8, 1), np.uint8), np.zeros(1, int)),) * 2,
)


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    return tmp_path_factory.mktemp("study") / "run"


@pytest.fixture(scope="module")
def results(workdir):
    # Optax promotes the types of its step count.
    with jax.numpy_dtype_promotion("standard"):
        return EXPERIMENT.run(
            dataset="mnist_5k", steps=4, chunk=2, seeds=2, hidden=4, zdims=(2,),
            samples=20, workdir=str(workdir),
        )  # fmt: skip


def test_variants_have_names_of_their_own():
    found = joint_vaes(Options(zdims=(2, 3), betas=(1, 4), capacities=(5, 10)), DATA)
    assert len(found) == 2 * (2 + 2 + 2)
    assert len({c.name for c in found}) == len({c.label for c in found}) == len(found)


def test_without_its_weight_there_is_no_contrastive_loss():
    found = joint_vaes(Options(agreement=0), DATA)
    assert [c["capacity"] for c in found] == [None, 10]
    assert not any("contrastive" in c.hparams for c in found)
    with_it = joint_vaes(Options(), DATA)
    assert [c.hparams["contrastive"] for c in with_it] == [0, 0, 100]
    # Only there the term of the category is weak.
    assert [c.hparams["gamma_c"] for c in with_it] == [30, 30, 0.3]


def test_one_term_less_is_all_else_being_equal(results):
    wide = Options(zdims=(2, 3), betas=(1, 4), capacities=(5, 10))
    found = dataclasses.replace(results, conditions=tuple(joint_vaes(wide, DATA)))
    for zdim in wide.zdims:
        free = found.where(zdim=zdim, capacity=None)
        for capacity in wide.capacities:
            own = {"zdim": zdim, "capacity": capacity}
            paper, contrastive = (found.find(**own, contrastive=w) for w in (0, 100))
            assert one_term_less(found, contrastive) == [paper]
            assert one_term_less(found, paper) == free
        assert [one_term_less(found, one) for one in free] == [[], []]


def test_k_means_on_pixels_has_no_model_and_the_conditional_vae_one_seed():
    pixels, codes, conditional = others(Options(zdims=(2, 3)), DATA)
    assert pixels.model is None
    assert codes.member(0) == "vae,seed=0"
    assert codes.label == "k-means on VAE codes, d = 2"
    assert conditional.seeds == 1


@pytest.mark.parametrize(("chunk", "steps"), [(None, 31), (10, 10)])
def test_the_configuration_shows_the_chunk_that_is_used(chunk, steps):
    # An epoch of 4,000 images in batches of 128 has 31 steps.
    prepared = EXPERIMENT.prepare(Options(dataset="mnist_5k", steps=310, chunk=chunk))
    assert prepared.config["settings"]["chunk"] == prepared.options.chunk == steps


def test_every_model_and_baseline_has_its_row(results):
    methods = [row["method"] for row in results.rows()]
    kmeans = ["k-means on pixels"] * 2 + ["k-means on VAE codes"] * 2
    assert methods == [JOINT] * 6 + kmeans + [CONDITIONAL]
    # Known of MNIST, for any initial centres.
    pixels = results.of(ACCURACY, results.find(method="k-means on pixels"))
    assert ((pixels > 0.45) & (pixels < 0.65)).all()
    fraction = results.of(CORRECT, results.find(method=CONDITIONAL))
    assert 0 <= fraction[0] <= 1
    assert np.isnan(fraction[1])


def test_accuracies_are_those_of_the_recorded_counts(results):
    joint = [r for r in results.records if "counts" in r]
    last = {r["member"]: np.array(r["counts"]) for r in joint}
    assert len(last) == 6
    for condition in results.where(method=JOINT):
        for seed in (0, 1):
            counts = last[condition.member(seed)]
            assert counts.sum() == 1000
            expected = clustering.match(counts).accuracy
            assert results.of(ACCURACY, condition)[seed] == expected
    best, seed = results.best_member(ACCURACY, results.where(method=JOINT))
    shown = results.array("confusion", best)
    assert shown.trace() == 1000 * results.of(ACCURACY, best)[seed]
    assert results.array("categories", best).shape == (10, 10, 28, 28, 1)


def test_the_published_accuracy_is_of_the_whole_mnist(results):
    whole = dataclasses.replace(
        results.data, facts={**results.data.facts, "name": "mnist"}
    )
    for found, count in ((results, 0), (dataclasses.replace(results, data=whole), 3)):
        (block,) = (b for b in report(found)[0].blocks if isinstance(b, lab.Published))
        assert len(block.claims(found)) == count


def test_the_report_shows_every_figure(results, workdir):
    del results
    assert {p.stem for p in (workdir / "figures").glob("*.png")} == FIGURES
    assert (workdir / "report.html").read_text().count("<img") == len(FIGURES)
    near = json.loads((workdir / "cache" / "neighbours.json").read_text())
    assert np.shape(near) == (4000, 5)


def test_a_wrong_classifier_is_rejected_before_anything_is_trained(
    results, workdir, tmp_path
):
    del results
    vae = str(workdir / "models" / "vae,seed=0")
    with pytest.raises(UserError, match="holds no Classifier of images"):
        EXPERIMENT.run(dataset="mnist_5k", judge=vae, workdir=str(tmp_path / "run"))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ("--zdims=0", "zdims.* whole number of 1 or more"),
        ("--capacities=-1", "capacities.* number above 0"),
        ("--betas=x", "betas.* number above 0"),
        ("--agreement=-1", "agreement"),
        ("--neighbours=-1", "neighbours"),
    ],
)
def test_bad_options_are_rejected(flag, said):
    with pytest.raises(UserError, match=said):
        flags.parse(Options, ["prog", flag])
