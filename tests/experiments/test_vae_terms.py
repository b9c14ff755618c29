"""The study of a VAE's two terms: what each does, and what is left behind."""

import jax
import numpy as np
import pytest

import aejax
from aejax.errors import UserError
from aejax.lab import flags
from experiments.vae_terms import EXPERIMENT, Options

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
            dataset="mnist_5k", steps=300, seeds=2, hidden=16, betas=(8,), grid=6,
            workdir=str(workdir),
        )  # fmt: skip


def of(results, measure, terms, beta):
    return results.of(measure, results.find(terms=terms, beta=beta))


def test_every_loss_is_trained_with_every_seed(results):
    weights = [(c["reconstruction_weight"], c["beta"]) for c in results.conditions]
    assert weights == [(1, 0), (1, 1), (1, 8), (0, 1)]
    for values in results.values.values():
        assert values.shape == (4, 2)
        assert np.isfinite(values).all()


def test_with_the_kl_only_the_posterior_is_the_prior(results):
    assert (of(results, "kl", "KL", 1) < 0.01).all()
    assert of(results, "posterior_variance", "KL", 1) == pytest.approx(1, abs=0.02)
    assert (of(results, "mean_variance", "KL", 1) < 0.01).all()
    # Codes without information: ten classes, almost of one size.
    assert of(results, "overlap", "KL", 1) == pytest.approx(0.9, abs=0.05)


def test_with_the_kl_only_the_decoder_stays_as_it_was_initialised(results, workdir):
    model, params = aejax.load(workdir / "models" / "reconstruction=0,beta=1,seed=1")
    other = workdir / "models" / "reconstruction=1,beta=0,seed=1"
    _, trained = aejax.load(other)
    codes = np.zeros((1, 2), np.float32)
    # Biases begin at 0 and images of the code 0 at one half.
    grey = model.apply(params, codes, method="decode")
    assert np.asarray(grey) == pytest.approx(0.5, abs=1e-5)
    assert np.abs(model.apply(trained, codes, method="decode") - 0.5).max() > 0.1


def test_without_the_kl_the_posterior_leaves_the_prior(results):
    alone, both = (
        partial_of(results, *c) for c in (("reconstruction", 0), ("both", 1))
    )
    assert (alone("kl") > both("kl")).all()
    assert (both("kl") > 1).all()
    assert (alone("posterior_variance") < both("posterior_variance")).all()
    assert (alone("distance") > both("distance")).all()


def test_a_heavier_kl_costs_reconstruction_and_frees_the_code(results):
    both, heavy = (partial_of(results, "both", beta) for beta in (1, 8))
    assert (heavy("kl") < both("kl")).all()
    assert (heavy("reconstruction") > both("reconstruction")).all()
    assert (heavy("posterior_variance") > both("posterior_variance")).all()


def partial_of(results, terms, beta):
    return lambda measure: of(results, measure, terms, beta)


def test_terms_are_those_that_were_recorded_last(results):
    for metric in ("reconstruction", "kl"):
        for condition in results.conditions:
            _, values = results.curves(f"test_{metric}", condition)
            np.testing.assert_allclose(
                results.of(metric, condition), values[:, -1], rtol=1e-5, atol=1e-6
            )


def test_every_figure_is_in_the_report(results, workdir):
    names = {path.stem for path in (workdir / "figures").glob("*.png")}
    assert names == {
        "clouds", "grids", "measures", "training_kl", "training_reconstruction"
    }  # fmt: skip
    assert (workdir / "report.html").read_text().count("<img") == len(names)
    assert len((workdir / "results.csv").read_text().splitlines()) == 1 + 4 * 2


@pytest.mark.parametrize(
    "flag", ["--betas=0", "--betas=much", "--betas=2,2", "--grid=1"]
)
def test_bad_flags_are_rejected(flag):
    with pytest.raises(UserError, match=flag[2:7]):
        flags.parse(Options, ["vae_terms", flag])
