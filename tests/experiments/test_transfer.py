"""The study of few labels: what stays frozen, resuming, and mistakes."""

import csv
import os
import signal
import time
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import data, sweep
from aejax.errors import UserError
from aejax.models import Autoencoder, Head
from aejax.run import study
from experiments._transfer import checks, contest, encoders
from experiments._transfer import setting as shared
from experiments._transfer.regimes import FROZEN, LOGISTIC, NEAREST, TUNED

SMALL = (
    *("--dataset=mnist_5k", "--labels=20", "--draws=2", "--seeds=1", "--zdim=3"),
    *("--width=2", "--depth=2", "--steps=4", "--chunk=2", "--head_steps=3"),
    "--network_steps=3",
)
MODEL = Autoencoder(3, width=2, depth=2)


@pytest.fixture(scope="module")
def small_run():
    """A study of two seeds on 60 images of every class."""
    pictures, labels = data.load("mnist_5k", "test")
    split = data.Images(pictures[:600], labels[:600])
    settings = SimpleNamespace(seeds=2, executor="map")
    return study.Study(settings, None, {}, split, split)


@pytest.fixture(scope="module")
def setting(small_run):
    params = [
        jax.jit(lambda s: sweep.initial(MODEL, s, jnp.zeros((1, 28, 28, 1))))(seed)
        for seed in range(2)
    ]
    known = encoders.encoders(MODEL, params, small_run)
    steps = {"head": 3, "network": 3}
    return shared.Setting(
        small_run, {"plain": known}, draws=2, classes=10, head=Head(10, 4), steps=steps
    )


def test_codes_are_standardised_by_the_encoder_itself(setting):
    known = setting.encoders["plain"]
    np.testing.assert_allclose(known.train.mean(1), 0, atol=1e-5)
    np.testing.assert_allclose(known.train.std(1), 1, rtol=1e-5)
    for seed in range(2):
        own = jax.tree.map(lambda leaf, s=seed: leaf[s], known.params)
        codes = known.model.apply(own, jnp.asarray(setting.run.test.images))
        np.testing.assert_allclose(codes, known.test[seed], atol=2e-4)


def test_fine_tuning_begins_where_the_frozen_encoder_stands(setting):
    """Before the first step both ways give equal logits, run by run."""
    chosen = shared.drawn(setting, 20)
    known = setting.encoders["plain"]
    frozen, tuned = (shared.start(setting, r, chosen)[:2] for r in (FROZEN, TUNED))
    assert set(frozen[0]) == {"head"}  # There is no encoder that could be changed.
    for run in range(setting.runs):
        logits = []
        for (params, own), how in ((frozen, "head"), (tuned, "network")):
            one = jax.tree.map(lambda leaf, r=run: leaf[r], params)
            inputs = jnp.asarray(own["data"]["input"][run])
            logits.append(
                shared.classifier(setting.head, known.model, how)(one, inputs)
            )
        np.testing.assert_allclose(*logits, atol=2e-4)


@pytest.mark.parametrize("regime", [FROZEN, TUNED, LOGISTIC, NEAREST])
def test_labelled_images_are_named_as_they_are_among_the_test_images(setting, regime):
    """Both splits are the same images here, so each run must agree with itself."""
    with jax.numpy_dtype_promotion("standard"):
        named = contest.Contest(setting).names(regime, 20)
    assert named.test.shape == (4, 600)
    np.testing.assert_array_equal(
        named.train, np.take_along_axis(named.test, shared.drawn(setting, 20), 1)
    )
    # The runs of one seed have labels of their own, so they say different things.
    assert (named.test[0] != named.test[1]).any()


@pytest.mark.parametrize(
    ("number", "complaint"),
    [(15, "multiples of the 10 classes"), (5, "multiples"), (650, "the rarest has 64")],
)
def test_numbers_of_labels_that_the_data_cannot_give(number, complaint):
    known = np.repeat(np.arange(10), [64, *[70] * 9])
    checks.labels([10, 640], known, 10)
    with pytest.raises(UserError, match=complaint):
        checks.labels([10, number], known, 10)


def results(workdir):
    """Rows of results.csv without what a clock wrote."""
    with (workdir / "results.csv").open() as lines:
        return [
            {name: v for name, v in row.items() if not name.endswith("_seconds")}
            for row in csv.DictReader(lines)
        ]


def test_killed_and_restarted_is_never_interrupted(begin, tmp_path):
    whole, killed = tmp_path / "a" / "run", tmp_path / "b" / "run"
    process = begin("transfer", whole, *SMALL)
    _, complaints = process.communicate()
    assert process.returncode == 0, complaints
    expected = results(whole)
    assert len(expected) == 8 * 2  # regimes, runs

    process = begin("transfer", killed, *SMALL)
    while process.poll() is None and not list(killed.glob("few_labels/*.json")):
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert not (killed / "summary.txt").exists()
    process = begin("transfer", killed, *SMALL)
    _, complaints = process.communicate()
    assert process.returncode == 0, complaints
    assert "encoders: those of" in complaints
    assert results(killed) == expected


def test_a_mistake_is_one_line_and_leaves_no_workdir(refused, tmp_path):
    complaint = refused("transfer", tmp_path / "c", *SMALL, "--labels=15")
    assert "multiples of the 10 classes" in complaint
    assert not (tmp_path / "c").exists()
