"""The reconstruction study: what it plans, measures, and leaves behind."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import data, images, lab, pretrained
from aejax.data import splits
from aejax.errors import UserError
from aejax.eval.image import mse, psnr, ssim
from aejax.lab import flags
from experiments.autoencoding import EXPERIMENT, SSIM_IMAGES, Options, design

# It trains for tens of seconds.
pytestmark = pytest.mark.slow

DATA = lab.Data(
    data.describe("mnist_5k"),
    *(data.Images(np.zeros((1, 8, 8, 1), np.uint8), np.zeros(1, int)),) * 2,
)
NAMES = ("zdim", "width", "depth", "fc_layers")


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    return tmp_path_factory.mktemp("study") / "run"


@pytest.fixture(scope="module")
def results(workdir):
    # Optax's Adam promotes implicitly.
    with jax.numpy_dtype_promotion("standard"):
        return EXPERIMENT.run(
            dataset="mnist_5k", steps=4, chunk=2, seeds=2, zdims=(3, 2), zdim=3,
            depth=2, depths=(1, 2), width=2, widths=(1, 2), fcs=(0, 1),
            workdir=str(workdir),
        )  # fmt: skip


def test_one_value_of_the_base_is_replaced_at_a_time():
    options = Options(zdims=(5, 2), zdim=10, depths=(3, 4), studies=("zdim", "depth"))
    found = [tuple(c[n] for n in NAMES) for c in design(options, DATA)]
    assert found == [(2, 12, 3, 0), (5, 12, 3, 0), (10, 12, 3, 0), (10, 12, 4, 0)]


def test_every_configuration_trains_once_with_every_seed(results):
    found = [tuple(row[n] for n in (*NAMES, "seed")) for row in results.rows()]
    configs = [(2, 2, 2, 0), (3, 2, 2, 0), (3, 2, 1, 0), (3, 1, 2, 0), (3, 2, 2, 1)]
    assert found == [(*config, seed) for config in configs for seed in (0, 1)]
    labels = [c.label for c in results.conditions]
    assert labels == ["d = 2", "base (d = 3)", "depth 1", "width 1", "dense layers: 1"]


def test_measures_of_a_model_agree_with_each_other(results):
    for row in results.rows():
        # The mean of logarithms is at least the logarithm of the mean.
        assert row["psnr"] >= -10 * np.log10(row["test_mse"])
        assert row["log2_test_mse"] == pytest.approx(np.log2(row["test_mse"]))
        assert row["mse_gap"] == pytest.approx(row["test_mse"] - row["train_mse"])
        assert -1 < row["ssim"] < 1
    linear = results.baseline("PCA", "test_mse")
    ratios = results.by_seed("test_mse") / linear[:, None]
    np.testing.assert_allclose(results.by_seed("mse_to_pca"), ratios)
    short, base, _, narrow, dense = results.by_seed("parameters")[:, 0]
    assert short < base < dense
    assert narrow < base


def test_measures_are_those_of_the_saved_model(results, workdir):
    row, member = results.rows()[-1], results.conditions[-1].member(1)
    model, params = pretrained.load(workdir / "models" / member)
    found = {}
    for split in ("train", "test"):
        shown = jnp.asarray(data.load("mnist_5k", split).images)
        again = model.apply(params, shown, method="reconstruct")
        found[split] = np.asarray(images.unit(shown)), np.asarray(again)
    test, train = found["test"], found["train"]
    few, known = splits.some(1000, SSIM_IMAGES), splits.some(4000, 1000)
    expected = {
        "test_mse": mse(*test).mean(),
        "psnr": psnr(*test).mean(),
        "ssim": ssim(*(part[few] for part in test)).mean(),
        "train_mse": mse(*(part[known] for part in train)).mean(),
    }
    for name, value in expected.items():
        np.testing.assert_allclose(row[name], value, rtol=1e-4, err_msg=name)


def test_only_a_few_reconstructions_are_kept(results):
    for condition in results.conditions:
        assert results.array("reconstructions", condition).shape == (10, 28, 28, 1)


def test_every_figure_is_drawn(results, workdir):
    names = {path.stem for path in (workdir / "figures").glob("*.png")}
    assert names == {
        *("latent", "shapes", "reconstructions"),
        *(f"training_{name}" for name in results.options.studies),
    }


@pytest.mark.parametrize(
    "flag",
    ["--studies=zdim,colour", "--fcs=-1", "--widths=0", "--depths=2,6", "--depths=2,2"],
)
def test_bad_flags_are_rejected(flag):
    with pytest.raises(UserError):
        flags.parse(Options, ["autoencoding", flag])
