"""The likelihood study: the paper's start, and what is measured."""

import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import aejax
from aejax import lab, models
from aejax.algorithms import initial
from aejax.errors import UserError
from aejax.lab import flags
from aejax.lab.blocks.sections import render
from experiments.likelihood import (
    EXPERIMENT,
    LATE,
    LOG_LIKELIHOOD,
    Options,
    algorithm,
    measure,
    published,
)

# It trains for tens of seconds.
pytestmark = pytest.mark.slow

SHAPE = (4, 4, 1)
MODEL = models.mlp_vae(3, (6, 5), SHAPE)


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    return tmp_path_factory.mktemp("study") / "run"


@pytest.fixture(scope="module")
def results(workdir):
    # Optax promotes the types of its step count.
    with jax.numpy_dtype_promotion("standard"):
        return EXPERIMENT.run(
            dataset="mnist_5k", steps=4, chunk=2, seeds=2, ks=(2, 1), samples=20,
            workdir=str(workdir),
        )  # fmt: skip


@pytest.fixture
def images():
    found = np.random.default_rng(0).integers(0, 256, (50, *SHAPE), np.uint8)
    found[:, 0, 0] = 0
    return found


def test_every_decoder_starts_at_the_mean_image(images):
    made = algorithm(Options(), initial.log_odds(images), 1, MODEL)
    hparams = {"learning_rate": jnp.float32(1e-3)}
    state = made.init(jax.random.key(0), {"image": jnp.asarray(images[:1])}, hparams)
    middle = MODEL.apply(made.params(state), jnp.zeros((1, 3)), method="decode")[0]
    mean = np.maximum(images.mean(0) / 255, initial.LEAST_MEAN)
    np.testing.assert_allclose(middle, mean, rtol=1e-4)


def test_nothing_but_the_last_bias_is_set(images):
    params = MODEL.init(jax.random.key(0), images[:1])
    begun = initial.with_bias(params, jnp.asarray(initial.log_odds(images)))
    same = jax.tree.map(lambda a, b: bool((a == b).all()), params, begun)
    assert jax.tree.leaves(same).count(False) == 1
    with pytest.raises(ValueError, match="0 leaves"):
        initial.with_bias(params, jnp.zeros((9, 9)))


def test_the_second_half_begins_at_the_middle_of_the_curve():
    found = {"log_likelihood": [-3.0, -1.0], "active_units": 2}
    late = [
        measure(found, np.array(curve)).scalars[LATE.name]
        for curve in ([-9.0, -5.0, -4.0, -3.0], [-9.0, -5.0, -3.0], [-9.0])
    ]
    assert late == [2.0, 2.0, None]


def test_images_of_every_model_have_their_log_likelihood(results):
    assert [c.label for c in results.conditions] == ["VAE (k = 1)", "IWAE (k = 2)"]
    assert results.values["log_likelihood"].shape == (2, 2, 1000)
    # With 20 samples the bound is tighter than with 5.
    for row in results.rows():
        assert row["log_likelihood"] > row["test_bound"]
    assert [(row["k"], row["seed"]) for row in results.rows()] == [
        *((1, 0), (1, 1), (2, 0), (2, 1))
    ]


def test_models_differ_by_their_seeds_and_not_by_images(results):
    (section, _) = EXPERIMENT.report(results)
    (claim, _) = next(b for b in section.blocks if isinstance(b, lab.Versus)).claims(
        results
    )
    assert (claim.contrast.over, claim.contrast.estimate.n) == ("seeds", 2)


def test_published_values_stand_beside_mnist_only(results):
    whole = dataclasses.replace(
        results.data, facts={**results.data.facts, "name": "mnist"}
    )
    run = lab.Lab(dataclasses.replace(results.options, ks=(2, 1)), whole, (), None)
    found = published(run)["published"]["log_likelihood"]
    np.testing.assert_array_equal(found, [-86.76, np.nan])
    on_mnist = dataclasses.replace(results, data=whole, baselines=published(run))
    said = [
        render(EXPERIMENT.report(one)[0], one).findings for one in (results, on_mnist)
    ]
    assert "86.76" not in str(said[0])
    notes = render(EXPERIMENT.report(results)[0], results).part.notes
    assert "86.76 nats on mnist" in notes[-1]
    assert "86.76" in str(said[1])


def test_models_estimates_and_figures_are_written(results, workdir):
    model, _ = aejax.load(workdir / "models" / "k=2,seed=1")
    assert model.zdim == 50
    kept = json.loads((workdir / "cache" / "estimates_k2.json").read_text())
    values = kept["k=2,seed=1"]["log_likelihood"]
    np.testing.assert_array_equal(
        values, results.of(LOG_LIKELIHOOD, results.conditions[1])[1]
    )
    figures = {path.stem for path in (workdir / "figures").glob("*.png")}
    assert figures == {"likelihood", "training"}


@pytest.mark.parametrize("flag", ["--ks=0", "--samples=0", "--schedule=none"])
def test_bad_options_are_rejected(flag):
    with pytest.raises(UserError, match=flag.strip("-").partition("=")[0]):
        flags.parse(Options, ["prog", flag])
