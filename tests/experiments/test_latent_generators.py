"""The study of second stages on tiny settings: what is measured, and of what."""

from functools import partial

import jax
import numpy as np
import pytest

import aejax
from aejax.eval import gan as gans
from aejax.eval.frechet import frechet_distance
from aejax.lab.generators import sampled, spaces, walks
from aejax.lab.generators.quality import COPYING, FRECHET, PARAMETERS, QUALITY
from experiments.latent_generators import CEILING, EXPERIMENT, FLOOR, GAN, MIXTURE

# It trains for tens of seconds.
pytestmark = pytest.mark.slow

TINY = {
    "dataset": "mnist_5k", "zdim": 3, "width": 2, "depth": 2, "encoder_steps": 20,
    "noise_dims": (2, 3), "truncations": (0.5, 1.0), "guidance": (0.0, 1.0),
    "stage_width": 8, "steps": 6,
    "chunk": 3, "seeds": 2, "samples": 200, "pairs": 4, "frames": 3,
    "sample_steps": 2, "components": 2,
}  # fmt: skip


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    return tmp_path_factory.mktemp("study") / "run"


@pytest.fixture(scope="module")
def results(workdir):
    # Optax promotes the types of its step count.
    with jax.numpy_dtype_promotion("standard"):
        return EXPERIMENT.run(**TINY, workdir=str(workdir))


def test_every_method_is_measured_with_every_seed(results):
    methods = [c for c in results.conditions if "method" in c.factors]
    shortened = 2
    assert len(methods) == 5 + 1 + 2 + 1 + 1 + shortened
    for measure in QUALITY:
        values = results.by_seed(measure, methods)
        is_floor = np.array([c["method"] == FLOOR for c in methods])
        expected = ~is_floor if measure is COPYING else np.ones_like(is_floor)
        assert (np.isfinite(values).all(1) == expected).all()
    # No model of twenty steps is as near to test images as training images are.
    floor = results.mean(FRECHET, results.find(method=FLOOR))
    assert floor < min(
        results.mean(FRECHET, c) for c in methods if c["method"] != FLOOR
    )


def test_parameters_are_those_of_the_generator_alone(results):
    """(2 + 1) 8 + 2 (8 + 1) 8 + (8 + 1) 3, and a mixture's means and covariances."""
    gan = results.find(method=GAN, noise_dim=2, truncation=1.0)
    assert (results.of(PARAMETERS, gan) == 24 + 144 + 27).all()
    mixture = results.find(method=MIXTURE)
    assert (results.of(PARAMETERS, mixture) == 2 * (3 + 6 + 1) - 1).all()


def test_paths_are_measured_pair_by_pair(results):
    for way in walks.WAYS:
        found = results.of(walks.NEAREST, results.find(path=way))
        assert found.shape == (2, 4)
        assert np.isfinite(found).all()


def test_a_saved_gan_generates_the_sheet(results, workdir):
    """From its folder alone: a generator, its key, and the autoencoder beside it."""
    model, params = aejax.load(workdir / "models" / "GAN,noise_dim=2,seed=0")
    (kept,) = (workdir / "checkpoints" / "kept" / "autoencoders").iterdir()
    autoencoder, own = aejax.load(kept / "models" / "zdim=3,seed=0")
    train = results.data.train.images
    codes = np.asarray(autoencoder.apply(own, train, method="encode"))
    white = spaces.whitening(codes)
    draw = partial(sampled.drawn, gans.sample, 200)
    made = draw(model, params, (), {"seed": np.uint32(0)})
    latents = spaces.unwhiten(white, made)
    images = autoencoder.apply(own, latents, method="decode")
    sheet = results.array(
        "samples", results.find(method=GAN, noise_dim=2, truncation=1.0)
    )
    np.testing.assert_allclose(images[: len(sheet)], sheet, atol=1e-4)


def test_reconstructions_are_the_ceiling_of_the_same_decoder(results, workdir):
    from aejax import pretrained

    judge, weights = pretrained.load("checkpoints/pretrained/judge_mnist")
    (kept,) = (workdir / "checkpoints" / "kept" / "autoencoders").iterdir()
    autoencoder, own = aejax.load(kept / "models" / "zdim=3,seed=1")
    tests = results.data.test.images[:200]
    images = autoencoder.apply(own, tests, method="reconstruct")
    features = [judge.apply(weights, x, method="describe") for x in (images, tests)]
    found = results.of(FRECHET, results.find(method=CEILING))[1]
    np.testing.assert_allclose(found, frechet_distance(*features), rtol=1e-2)
