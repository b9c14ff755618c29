"""The reconstruction study: what it plans, and what it leaves behind."""

import csv

import jax.numpy as jnp
import numpy as np
import pytest

from aejax import data, images, pretrained
from aejax.metrics.image import mse, psnr, ssim
from experiments._autoencoding.evidence import Config, plan
from experiments._autoencoding.measure import SSIM_IMAGES, some

TINY = ("--seeds=2", "--zdims=2,3", "--zdim=3", "--depth=2", "--depths=1,2")
REST = ("--width=2", "--widths=1,2", "--fcs=0,1")


@pytest.fixture(scope="module")
def finished(run, tmp_path_factory):
    workdir = tmp_path_factory.mktemp("study") / "run"
    code, printed, complaints = run("autoencoding", workdir, *TINY, *REST)
    assert code == 0, complaints
    return workdir, printed


@pytest.fixture(scope="module")
def rows(finished):
    with (finished[0] / "results.csv").open() as file:
        return list(csv.DictReader(file))


def test_one_value_of_the_base_is_replaced_at_a_time():
    base = Config(zdim=10, width=16, depth=3, fc_layers=0)
    paths = plan(base, {"zdim": (5, 2), "depth": (3, 4)})
    assert paths["zdim"] == (base._replace(zdim=2), base._replace(zdim=5))
    assert paths["depth"] == (base, base._replace(depth=4))


def test_every_configuration_trains_once_with_every_seed(rows):
    names = ("zdim", "width", "depth", "fc_layers", "seed")
    found = [tuple(int(row[name]) for name in names) for row in rows]
    configs = [(2, 2, 2, 0), (3, 2, 2, 0), (3, 2, 1, 0), (3, 1, 2, 0), (3, 2, 2, 1)]
    assert found == [(*config, seed) for config in configs for seed in (0, 1)]


def test_measures_of_a_model_agree_with_each_other(rows):
    for row in rows:
        # The mean of logarithms is at least the logarithm of the mean.
        assert float(row["psnr"]) >= -10 * np.log10(float(row["test_mse"]))
        assert -1 < float(row["ssim"]) < 1
    parameters = [int(row["parameters"]) for row in rows[::2]]
    assert parameters[1] > parameters[0]
    assert parameters[3] < parameters[1] < parameters[4]


def test_measures_are_those_of_the_saved_model(finished, rows):
    row = rows[-1]
    config = Config(*(int(row[n]) for n in ("zdim", "width", "depth", "fc_layers")))
    folder = finished[0] / "models" / config.member(int(row["seed"]))
    model, params = pretrained.load(folder)
    found = {}
    for split in ("train", "test"):
        pictures = jnp.asarray(data.load("mnist_5k", split).images)
        again = model.apply(params, pictures, method="reconstruct")
        found[split] = np.asarray(images.unit(pictures)), np.asarray(again)
    test, train = found["test"], found["train"]
    few, known = some(1000, SSIM_IMAGES), some(4000, 1000)
    expected = {
        "test_mse": mse(*test).mean(),
        "psnr": psnr(*test).mean(),
        "ssim": ssim(*(part[few] for part in test)).mean(),
        "train_mse": mse(*(part[known] for part in train)).mean(),
    }
    for name, value in expected.items():
        np.testing.assert_allclose(float(row[name]), value, rtol=1e-4, err_msg=name)


def test_some_places_are_distinct_and_spread_over_all():
    found = some(4000, 1000)
    assert len(set(found.tolist())) == 1000
    assert np.bincount(found // 400, minlength=10).min() > 50
    np.testing.assert_array_equal(some(5, 9), np.arange(5))


def test_the_report_names_the_best_and_shows_every_figure(finished, rows):
    workdir, printed = finished
    errors = np.array([float(row["test_mse"]) for row in rows]).reshape(-1, 2).mean(1)
    assert f"test error of {errors.min():.5f}" in printed
    names = {path.stem for path in (workdir / "figures").glob("*.png")}
    assert names >= {"latent", "shapes", "reconstructions", "training_zdim"}
    assert (workdir / "report.html").read_text().count("<img") == len(names)


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ("--studies=zdim,colour", "'colour' is not one of"),
        ("--fcs=-1", "whole number of 0 or more"),
        ("--widths=0", "whole number of 1 or more"),
        ("--depths=2,6", "'6' is not a whole number of 1 to 5"),
        ("--depths=2,2", "more than once"),
    ],
)
def test_bad_flags_end_in_one_line(refused, tmp_path, flag, said):
    assert said in refused("autoencoding", tmp_path, flag)
