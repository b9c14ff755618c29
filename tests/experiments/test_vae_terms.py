"""The study of a VAE's two terms: what each does, and what is left behind."""

import csv

import jax
import numpy as np
import pytest

import aejax
from aejax import sweep

TINY = ("--seeds=2", "--hidden=16", "--betas=8", "--grid=6")
LENGTH = ("--steps=300", "--chunk=100")


@pytest.fixture(scope="module")
def finished(run, tmp_path_factory):
    workdir = tmp_path_factory.mktemp("study") / "run"
    code, printed, complaints = run("vae_terms", workdir, *TINY, *LENGTH)
    assert code == 0, complaints
    return workdir, printed


@pytest.fixture(scope="module")
def rows(finished):
    with (finished[0] / "results.csv").open() as file:
        return [{n: float(v or 0) for n, v in row.items() if n != "dataset"}
                for row in csv.DictReader(file)]  # fmt: skip


def of(rows, reconstruction, beta):
    weights = (reconstruction, beta)
    return [r for r in rows if (r["reconstruction_weight"], r["beta"]) == weights]


def test_every_loss_trains_with_every_seed(rows):
    found = [(r["reconstruction_weight"], r["beta"], r["seed"]) for r in rows]
    weights = [(1, 0), (1, 1), (1, 8), (0, 1)]
    assert found == [(*pair, seed) for pair in weights for seed in (0, 1)]


def test_with_the_kl_only_the_posterior_is_the_prior(finished, rows):
    for row in of(rows, 0, 1):
        assert row["kl"] < 0.01
        assert row["posterior_variance"] == pytest.approx(1, abs=0.02)
        assert row["mean_variance"] < 0.01
        # Codes that know nothing: ten classes, all but alike in size.
        assert row["overlap"] == pytest.approx(0.9, abs=0.05)
    assert "every image's posterior is the prior" in finished[1]


def test_with_the_kl_only_the_decoder_stays_as_it_began(finished):
    model, params = aejax.load(
        finished[0] / "models" / "reconstruction=0,beta=1,seed=1"
    )
    images = np.zeros((1, 28, 28, 1), np.uint8)
    begun = jax.jit(lambda: sweep.initial(model, 1, images))()
    for part in ("from_latent", "pixels"):
        jax.tree.map(
            lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7),
            params["params"][part],
            begun["params"][part],
        )


def test_without_the_kl_the_posterior_leaves_the_prior(rows):
    for alone, both in zip(of(rows, 1, 0), of(rows, 1, 1), strict=True):
        assert alone["kl"] > both["kl"] > 1
        assert alone["posterior_variance"] < both["posterior_variance"] < 1
        assert alone["distance"] > both["distance"]


def test_a_heavier_kl_costs_reconstruction_and_frees_the_code(rows):
    for both, heavy in zip(of(rows, 1, 1), of(rows, 1, 8), strict=True):
        assert heavy["kl"] < both["kl"]
        assert heavy["reconstruction"] > both["reconstruction"]
        assert heavy["posterior_variance"] > both["posterior_variance"]


def test_every_figure_is_in_the_report(finished):
    names = {path.stem for path in (finished[0] / "figures").glob("*.png")}
    assert names >= {"clouds", "grids", "measures", "training_kl"}
    assert (finished[0] / "report.html").read_text().count("<img") == len(names)


def test_a_report_that_is_made_again_is_the_same(run, finished):
    workdir, printed = finished
    before = (workdir / "results.csv").read_bytes()
    (workdir / "summary.txt").unlink()
    code, again, complaints = run("vae_terms", workdir, *TINY, *LENGTH)
    assert code == 0, complaints
    assert again == printed
    assert (workdir / "results.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ("--betas=0", "'0' is not a number above 0"),
        ("--betas=much", "'much' is not a number above 0"),
        ("--betas=2,2", "more than once"),
        ("--grid=1", "2"),
    ],
)
def test_bad_flags_end_in_one_line(refused, tmp_path, flag, said):
    assert said in refused("vae_terms", tmp_path, flag)
