"""The study of unmixing on tiny settings, and the network that is shipped."""

import json

import jax
import numpy as np
import pytest

import aejax
from aejax import shelf
from aejax.data import mixtures
from aejax.errors import UserError
from aejax.eval import unmixing as quality
from aejax.lab.mixtures import separate
from aejax.lab.mixtures.unmixed import (
    NEAREST,
    ORIGINALS,
    PSNR,
    QUALITY,
    TRAIN_SUM,
    TWICE,
)
from experiments.unmixing import EXPERIMENT, INVARIANT, PLAIN, UNET, Options

TINY = {
    "width": 2, "depth": 1, "code_width": 2, "zdims": (3, 5), "steps": 6, "chunk": 3,
    "pairs": 12, "seeds": 2, "growth": (100,), "consistent": ("no", "yes"),
}  # fmt: skip


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    return tmp_path_factory.mktemp("unmixing") / "run"


@pytest.fixture(scope="module")
def results(workdir):
    with jax.numpy_dtype_promotion("standard"):
        return EXPERIMENT.run(
            **TINY, mix="mnist_5k+photo_patches", workdir=str(workdir)
        )


@pytest.mark.slow
def test_every_network_is_measured_with_every_seed(results):
    trained = [c for c in results.conditions if c.model is not None]
    # Two latent sizes, a VAE, a U-Net with skips and one without, of both outputs; and
    # one of fewer images.
    assert len(trained) == 2 * (2 + 1 + 2) + 1
    for measure in (PSNR, *QUALITY):
        assert np.isfinite(results.by_seed(measure, trained)).all()


@pytest.mark.slow
def test_consistent_outputs_have_one_error(results):
    for condition in results.where(consistent=True):
        first, second = (
            results.of(f"mse_{place}", condition) for place in quality.OUTPUTS
        )
        np.testing.assert_allclose(first, second, rtol=1e-5)


@pytest.mark.slow
def test_references_are_those_of_the_pairs(results):
    pairs = mixtures.pairs(mixtures.load("mnist_5k+photo_patches", "test"), 12)
    first, second = (pool.images / 255 for pool in (pairs.first, pairs.second))
    error = np.square(first - second).mean() / 4
    twice = results.find(network=TWICE)
    np.testing.assert_allclose(results.of("mse_first", twice), error, rtol=1e-5)
    # What a grey digit leaves to the other image is worth some dB.
    nearest = results.find(network=NEAREST)
    assert results.mean(PSNR, nearest) > results.mean(PSNR, twice) + 2


@pytest.mark.slow
def test_a_saved_network_gives_the_sheet(results, workdir):
    condition = results.find(network=UNET, consistent=True, skips=True)
    model, params = aejax.load(workdir / "models" / condition.member(0))
    mixed = results.array("test_mixture", results.find(network=ORIGINALS))
    parts = model.apply(params, mixed.astype(np.float32))
    shown = results.array("test_first", condition)
    np.testing.assert_allclose(parts[:, 0], shown, atol=1e-5)


@pytest.mark.slow
def test_without_an_order_both_losses_are_trained_and_assigned():
    with jax.numpy_dtype_promotion("standard"):
        found = EXPERIMENT.run(
            **{**TINY, "networks": ("unet",), "consistent": ("yes",)},
            mix="mnist_5k+mnist_5k",
        )
    losses = {c["loss"] for c in found.conditions if c.model is not None}
    assert losses == {PLAIN, INVARIANT}
    assert "nearer" in found.facts["assignment"]
    both = [c for c in found.conditions if c.factors.get("skips")]
    assert np.isfinite(found.by_seed(TRAIN_SUM, both)).all()


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"mix": "mnist"}, "two data sets"),
        ({"mix": "mnist_5k+letters"}, "Unknown data set"),
        ({"dataset": "mnist_5k"}, "by mix"),
        ({"mix": "mnist_5k+photo_patches", "pairing": "by_class"}, "one data set"),
        ({"mix": "mnist_5k+mnist_5k", "train_size": 40001}, "40001 training images"),
    ],
)
def test_a_mistake_leaves_no_workdir(tmp_path, changes, complaint):
    folder = tmp_path / "run"
    with pytest.raises(UserError, match=complaint):
        EXPERIMENT.run(Options(**changes), workdir=str(folder))
    assert not folder.exists()


def test_the_shipped_network_separates_digits_from_patches():
    """It was trained on MNIST and CIFAR-10: 28.0 dB there, on patches a little less."""
    pools = mixtures.load("mnist_5k+photo_patches", "test")
    pairs = mixtures.pairs(pools, 64)
    originals = np.stack([pairs.first.images, pairs.second.images], 1)
    model, params = separate.load(separate.SHIPPED)
    mixed = (originals / 255).mean(1).astype(np.float32)
    parts = np.asarray(jax.jit(model.apply)(params, mixed))
    found = quality.quality(parts, originals, is_invariant=False).scalars()
    facts = json.loads((shelf.find(separate.SHIPPED) / "facts.json").read_text())
    assert found["psnr_of_mse"] > facts["psnr_of_mse"] - 3
    assert found["ssim_first"] > 0.9
