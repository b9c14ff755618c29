"""The study of dense VAEs: configurations, the choice of the best, the report."""

import csv

import numpy as np
import pytest

from aejax import data
from aejax.errors import UserError
from experiments import fashion_vae
from experiments._fashion_vae import configs
from experiments._fashion_vae.evidence import Config
from experiments._fashion_vae.measure import fitted_samples

TINY = ("--seeds=2", "--layers=6x2,6-5x2", "--configs=6x2,8x3", "--samples=20")


@pytest.fixture(scope="module")
def finished(run, tmp_path_factory):
    workdir = tmp_path_factory.mktemp("study") / "run"
    code, printed, complaints = run("fashion_vae", workdir, *TINY)
    assert code == 0, complaints
    with (workdir / "results.csv").open() as file:
        return workdir, printed, list(csv.DictReader(file))


def test_words_are_read_as_configurations():
    assert Config.parse("400-100x20") == Config((400, 100), 20)
    assert Config((400, 100), 20).name == "400-100x20"


@pytest.mark.parametrize("word", ["400", "x20", "0x3", "4x0", "4-x3", "4x3x2", ""])
def test_other_words_are_refused(word):
    with pytest.raises(UserError, match="as in 400x50"):
        configs.parse("configs", ["400x50", word])


def test_held_out_images_are_no_training_images():
    everything = data.Images(np.arange(40).reshape(40, 1, 1, 1), np.arange(40))
    split = fashion_vae.divide(everything)
    assert len(split["validation"].labels) == 4
    both = np.concatenate([part.labels for part in split.values()])
    np.testing.assert_array_equal(np.sort(both), np.arange(40))


def test_fitted_samples_have_the_moments_of_the_codes():
    random = np.random.default_rng(0)
    codes = random.normal(size=(4000, 2)) @ np.array([[2.0, 1.0], [0.0, 0.5]]) + 3
    found = fitted_samples(codes.astype(np.float32), 20_000, seed=1)
    for latents in found.values():
        assert latents.dtype == np.float32
        np.testing.assert_allclose(latents.mean(0), codes.mean(0), atol=0.1)
        np.testing.assert_allclose(
            np.cov(latents, rowvar=False), np.cov(codes, rowvar=False), atol=0.2
        )


def test_each_model_is_measured(finished):
    _, _, rows = finished
    found = [(row["kind"], row["config"], row["seed"]) for row in rows]
    best = rows[-1]["config"]
    assert found == [
        *(("vae", c, s) for c in ("6x2", "8x3", "6-5x2") for s in "01"),
        *((kind, best, s) for kind in ("ae_bce", "ae_mse") for s in "01"),
    ]
    for row in rows:
        loss = float(row["test_reconstruction"]) + float(row["test_kl"])
        np.testing.assert_allclose(float(row["test_loss"]), loss)
        if row["kind"] == "vae":
            # The bound with many draws is above the one with a single draw.
            assert float(row["log_likelihood"]) > -float(row["test_loss"])
            assert float(row["frechet_prior"]) > 0
        else:
            assert float(row["frechet_mixture"]) > 0
            assert row["log_likelihood"] == ""


def test_the_best_is_chosen_by_held_out_training_images(finished):
    _, printed, rows = finished
    losses = {
        config: np.mean(
            [float(r["validation_loss"]) for r in rows if r["config"] == config][:2]
        )
        for config in ("6x2", "8x3")
    }
    best = min(losses, key=lambda config: losses[config])
    assert {row["config"] for row in rows if row["kind"] != "vae"} == {best}
    assert f"{best.replace('x', '-')} is chosen" in printed


def test_figures_are_there(finished):
    workdir, *_ = finished
    names = {path.stem for path in (workdir / "figures").glob("*.png")}
    assert names >= {"codes_layers", "sizes", "samples_plain", "training"}


@pytest.mark.parametrize(
    ("flag", "complaint"),
    [
        ("--configs=6x2,6", "as in 400x50"),
        ("--configs=6x2,6-5x2", "must have equally many layers"),
        ("--layers=6x2,6x2", "give distinct configurations"),
        ("--judge=nowhere", "nowhere"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_no_workdir(
    refused, tmp_path, flag, complaint
):
    assert complaint in refused("fashion_vae", tmp_path / "run", flag)
    assert not (tmp_path / "run").exists()
