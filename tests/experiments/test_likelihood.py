"""The likelihood study: the paper's schedule and start, and what is printed."""

import csv
import importlib.util
import json
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import aejax
from aejax import sweep
from aejax.recipes import schedules, vae
from aejax.run.program import Task, initialise
from experiments._likelihood import network
from experiments._likelihood.evidence import OURS

TINY = ("--seeds=2", "--ks=1,2", "--samples=40", "--chunk=10")
HAS_TORCH = importlib.util.find_spec("torch") is not None


@pytest.fixture(scope="module")
def finished(run, tmp_path_factory):
    workdir = tmp_path_factory.mktemp("study") / "run"
    code, printed, complaints = run("likelihood", workdir, *TINY)
    assert code == 0, complaints
    return workdir, printed


def test_the_paper_s_rates_at_known_epochs():
    share = schedules.staged(schedules.PASSES)
    assert schedules.PASSES == 3280
    # Stage i takes 3^i epochs: 1, 3, 9, 27 ... and 2187.
    stages = {
        0: 0,
        1: 1,
        3: 1,
        4: 2,
        12: 2,
        13: 3,
        39: 3,
        40: 4,
        1092: 6,
        1093: 7,
        3279: 7,
    }
    for epoch, stage in stages.items():
        assert float(share(epoch)) == pytest.approx(10 ** (-stage / 7)), epoch


def test_a_shorter_run_has_the_same_stages_in_proportion():
    whole, part = (schedules.staged(n) for n in (3280, 328))
    for epoch in (20, 60, 400, 2000):
        assert float(whole(epoch)) == pytest.approx(float(part(epoch // 10)))


def test_the_decoder_starts_at_the_mean_image():
    pictures = np.random.default_rng(0).integers(0, 256, (50, 4, 4, 1), np.uint8)
    pictures[:, 0, 0] = 0
    model = network.network((4, 4, 1))
    params = model.init(jax.random.key(0), pictures[:1])
    bias = jnp.asarray(network.log_odds(pictures))
    begun = network.with_bias(bias, params, {})
    jax.tree.map(
        np.testing.assert_array_equal, begun["params"]["body"], params["params"]["body"]
    )
    middle = model.apply(begun, jnp.zeros((1, network.ZDIM)), method="decode")[0]
    mean = np.maximum(pictures.mean(0) / 255, network.LEAST_MEAN)
    np.testing.assert_allclose(middle, mean, rtol=1e-4)


def test_every_member_of_a_program_starts_there():
    pictures = np.random.default_rng(0).integers(0, 256, (8, 4, 4, 1), np.uint8)
    bias = jnp.asarray(network.log_odds(pictures))
    model, hyper = network.network((4, 4, 1)), {"learning_rate": 1e-3}
    members = [sweep.Member(f"{s}", model, seed=s, hyper=hyper) for s in (0, 1)]
    recipe = partial(vae.recipe, steps=5, batch_size=4, samples=1)
    start = partial(network.with_bias, bias)
    task = Task(recipe, {"image": jnp.asarray(pictures)}, network.bound, {}, start)
    (group,) = sweep.groups(members, task.example)
    state, _ = initialise(group, task)
    found = state["params"]["params"]["pixels"]["pixels"]["bias"]
    np.testing.assert_array_equal(found, [bias, bias])


def test_test_images_are_binary_and_always_the_same():
    pictures = np.random.default_rng(0).integers(0, 256, (50, 4, 4, 1), np.uint8)
    found = network.binarized(pictures)
    assert set(np.unique(found)) == {0.0, 1.0}
    np.testing.assert_array_equal(found, network.binarized(pictures))


def test_all_models_are_trained_judged_and_saved(finished):
    workdir, printed = finished
    with (workdir / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    found = [(row["side"], row["k"], row["seed"]) for row in rows]
    assert found == [(OURS, k, seed) for k in "12" for seed in "01"]
    for row in rows:
        # With 40 samples the bound is tighter than with 5.
        assert float(row["log_likelihood"]) > float(row["test_bound"])
    records = (workdir / "metrics.jsonl").read_text().splitlines()
    members = {json.loads(line)["member"] for line in records}
    assert members == {f"k={k},seed={seed}" for k in (1, 2) for seed in (0, 1)}
    model, _ = aejax.load(workdir / "models" / "k=2,seed=1")
    assert (model.zdim, model.hidden) == (50, (200, 200))
    assert "not held against mnist_5k" in printed
    assert "86.76" not in printed


def test_a_run_that_lost_a_judgement_makes_it_again(run, finished):
    workdir, printed = finished
    (workdir / "summary.txt").unlink()
    (workdir / "estimates" / "aejax,k=2,seed=0.json").unlink()
    code, again, complaints = run("likelihood", workdir, *TINY)
    assert code == 0, complaints
    assert "training" not in complaints
    assert again == printed


@pytest.mark.parametrize("flag", ["--ks=0", "--samples=0", "--schedule=none"])
def test_bad_flags_end_in_one_line(refused, tmp_path, flag):
    assert flag.partition("=")[0] in refused("likelihood", tmp_path, flag)


@pytest.mark.skipif(HAS_TORCH, reason="PyTorch is here")
def test_torch_is_asked_for_in_one_line(refused, tmp_path):
    complaint = refused("likelihood", tmp_path / "run", "--torch")
    assert "--torch needs PyTorch" in complaint
