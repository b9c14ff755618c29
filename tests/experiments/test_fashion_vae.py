"""The study of dense VAEs: its stages, the choice of the best, its options."""

import jax
import numpy as np
import pytest

from aejax.errors import UserError
from aejax.lab import flags
from experiments.fashion_vae import EXPERIMENT, Options, chosen, condition

# It trains for tens of seconds.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    return tmp_path_factory.mktemp("study") / "run"


@pytest.fixture(scope="module")
def results(workdir):
    # Optax promotes the types of its step count.
    with jax.numpy_dtype_promotion("standard"):
        return EXPERIMENT.run(
            dataset="mnist_5k", steps=20, seeds=2, layers=("6x2", "6-5x2"),
            configs=("6x2", "8x3"), samples=20, workdir=str(workdir),
        )  # fmt: skip


def test_words_are_read_as_models(results):
    found = condition("vae", "40-10x3", results.data)
    assert found.model.zdim == 3
    codes = found.label
    assert codes == "VAE 40-10-3"


def test_each_model_is_measured(results):
    best = chosen(results)["config"]
    assert [(c["kind"], c["config"]) for c in results.conditions] == [
        ("vae", "6x2"), ("vae", "6-5x2"), ("vae", "8x3"),
        ("ae_bce", best), ("ae_mse", best),
    ]  # fmt: skip
    for name in ("train", "test"):
        parts = [results.values[f"{name}_{p}"] for p in ("reconstruction", "kl")]
        np.testing.assert_allclose(results.values[f"{name}_loss"], sum(parts))
    for one in results.conditions:
        is_vae = one["kind"] == "vae"
        for way, wanted in (("prior", is_vae), ("mixture", not is_vae)):
            distance = results.of(f"frechet_{way}", one)
            assert (distance > 0).all() if wanted else np.isnan(distance).all()
        if is_vae:
            # The bound with many samples is above the one with a single sample.
            bound = results.of("log_likelihood", one)
            assert (bound > -results.of("test_loss", one)).all()
        else:
            assert (results.of("test_kl", one) == 0).all()


def test_the_best_has_the_least_loss_on_held_out_training_images(results):
    assert len(results.data.validation.labels) == 400
    assert len(results.data.train.labels) == 3600
    sizes = [results.find(kind="vae", config=word) for word in ("6x2", "8x3")]
    losses = [results.mean("validation_loss", one) for one in sizes]
    assert chosen(results) is sizes[int(np.argmin(losses))]


def test_the_held_out_loss_is_the_one_recorded_last(results):
    for one in results.where(kind="vae"):
        _, values = results.curves("test_loss", one)
        np.testing.assert_allclose(
            results.of("validation_loss", one), values[:, -1], rtol=1e-5
        )


def test_a_padded_model_has_as_many_axes_and_units_as_alone(results):
    assert (results.values["active"][:2] <= 2).all()
    for one in results.conditions:
        assert results.array("codes", one).shape == (1000, 2)


def test_figures_are_there(results, workdir):
    names = {path.stem for path in (workdir / "figures").glob("*.png")}
    assert names == {
        *(f"{kind}_{of}" for kind in ("samples", "codes") for of in
          ("layers", "sizes", "plain")),
        "reconstructions_layers", "reconstructions_plain", "sizes", "training",
    }  # fmt: skip


@pytest.mark.parametrize("word", ["400", "x20", "0x3", "4x0", "4-x3", "4x3x2", ""])
def test_other_words_are_rejected(word):
    for name in ("layers", "configs"):
        with pytest.raises(UserError, match="as in 400x50"):
            Options(**{name: ("400x50", word)})


@pytest.mark.parametrize(
    ("flag", "complaint"),
    [
        ("--configs=6x2,6", "as in 400x50"),
        ("--configs=6x2,6-5x2", "equally many layers"),
        ("--layers=6x2,6x2", "more than once"),
    ],
)
def test_bad_flags_are_rejected(flag, complaint):
    with pytest.raises(UserError, match=complaint):
        flags.parse(Options, ["fashion_vae", flag])


def test_a_folder_without_a_classifier_leaves_no_workdir(tmp_path):
    with pytest.raises(UserError, match="nowhere"):
        EXPERIMENT.run(
            dataset="mnist_5k", judge="nowhere", workdir=str(tmp_path / "run")
        )
    assert not (tmp_path / "run").exists()
