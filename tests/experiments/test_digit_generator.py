"""The study of conditional generators on tiny settings, and the shipped generator."""

import json

import jax
import numpy as np
import pytest

import aejax
from aejax.lab.generators import draw
from aejax.lab.generators.conditional import LEAK, NEW, OBEDIENCE, QUALITY, SCORE, SHAPE
from experiments import digit_generator
from experiments.digit_generator import EXPERIMENT

TINY = {
    "dataset": "mnist_5k", "truncations": (0.5, 1), "guidance": (0, 2), "betas": (1, 4),
    "noise_dim": 3, "zdim": 3, "width": 2, "depth": 2, "stage_width": 8, "seeds": 2,
    "samples": 12, "encoder_steps": 4, "vae_steps": 4, "steps": 4, "score_steps": 2,
    "sample_steps": 2, "chunk": 2,
}  # fmt: skip


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    return tmp_path_factory.mktemp("digit_generator") / "run"


@pytest.fixture(scope="module")
def results(workdir):
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        return EXPERIMENT.run(**TINY, workdir=str(workdir))


@pytest.mark.slow
def test_every_generator_is_measured_with_every_seed(results):
    methods = [c["method"] for c in results.conditions]
    assert methods == [
        "training images", "reconstructions", *["GAN"] * 2, *["diffusion"] * 2,
        *["VAE"] * 2,
    ]  # fmt: skip
    for measure in QUALITY:
        assert np.isfinite(results.values[measure.name]).all(), measure
    made = results.conditions[2:]
    for measure in (SHAPE, NEW):
        assert np.isfinite(results.by_seed(measure, made)).all()
    assert np.isfinite(results.by_seed(LEAK, results.where(method="VAE"))).all()
    assert results.of(OBEDIENCE, made[0]).shape == (2, 12)  # seeds, noises


@pytest.mark.slow
def test_real_images_obey(results):
    floor = results.find(method="training images")
    assert results.mean(OBEDIENCE, floor) > 0.9


@pytest.mark.slow
def test_the_run_leaves_a_generator_that_draws(results, workdir):
    del results
    model, _ = draw.load(workdir / "generator")
    options = draw.DrawOptions(digits="09", generator=str(workdir / "generator"))
    assert model.noise_dim == 3
    assert draw.draw(options).shape == (28, 56)


@pytest.mark.slow
def test_a_resumed_run_remembers_its_scores(results, workdir):
    (workdir / "summary.txt").unlink()
    found = sorted((workdir / "cache").glob("scores*.json"))
    assert len(found) == 2
    before = json.loads(found[0].read_text())
    found[0].write_text(json.dumps([0.125, *before[1:]]))
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        again = EXPERIMENT.run(**TINY, workdir=str(workdir))
    first = results.conditions[0].label
    (place,) = (c for c in again.conditions if c.label == first)
    assert again.of(SCORE, place).reshape(2, -1)[0, 0] == 0.125
    names = [n for n in results.values if n != SCORE.name]
    for name in names:
        np.testing.assert_array_equal(again.values[name], results.values[name])


def test_the_shipped_generator_obeys():
    """Its card says above 97.5 % for every digit; here 40 samples of each."""
    model, params = aejax.load(draw.SHIPPED)
    judge, own = aejax.load("judge_mnist")
    labels = np.repeat(np.arange(10), 40)
    noise = np.random.default_rng(0).normal(size=(400, model.noise_dim))

    @jax.jit
    def decided(noise, labels):
        images = model.apply(params, noise, labels)
        return judge.apply(own, images).argmax(-1)

    found = decided(noise.astype(np.float32), labels.astype(np.int32))
    assert (np.asarray(found) == labels).mean() > 0.97


def test_the_shipped_generator_draws_a_number(tmp_path, monkeypatch, capsys):
    out = tmp_path / "number.png"
    given = ["prog", "--digits=2026", f"--out={out}", "--copies=2"]
    monkeypatch.setattr(digit_generator.sys, "argv", given)
    with pytest.raises(SystemExit) as ended:
        digit_generator.main()
    assert ended.value.code == 0
    assert out.read_bytes()[:4] == b"\x89PNG"
    assert "2026" in capsys.readouterr().out
