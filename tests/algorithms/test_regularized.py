"""What members add to a plain autoencoder, each against its closed form."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax.algorithms.regularized import PLAIN, regularized
from aejax.losses import reconstruction, variational
from aejax.models import mlp_vae

SHAPE = (8, 8, 1)
IMAGES = np.random.default_rng(0).integers(0, 256, (32, *SHAPE)).astype(np.uint8)


@pytest.fixture(scope="module")
def trained():
    """`hparams -> loss of the first step`, and the first parameters."""
    model = mlp_vae(3, (16,), SHAPE)
    algorithm, batch = regularized(model, steps=10), {"image": jnp.asarray(IMAGES)}

    def loss(**own):
        hparams = {**PLAIN, "learning_rate": 1e-2, "zdim": 3, "step": 0, **own}
        hparams = {name: jnp.asarray(value) for name, value in hparams.items()}
        state = algorithm.init(jax.random.key(0), batch, hparams)
        _, metrics = jax.jit(algorithm.step)(state, batch, jax.random.key(1), hparams)
        return float(metrics["loss"]), algorithm.params(state)

    return model, loss


def test_plain_is_an_autoencoder_of_the_mean_and_a_penalty_counts_the_kl(
    standard_promotion, trained
):
    model, loss = trained
    plain, params = loss()
    apply, shown = partial(model.apply, params), jnp.asarray(IMAGES / 255, jnp.float32)
    mean, log_variance, *_ = apply(shown, method="encode")
    logits = apply(mean, method="logits")
    error = reconstruction.bernoulli(logits, shown).mean()
    np.testing.assert_allclose(plain, error, rtol=1e-5)
    kl = variational.gaussian_kl(mean, log_variance).sum(-1).mean()
    np.testing.assert_allclose(loss(penalty=2.0)[0], error + 2 * kl, rtol=1e-5)


def test_noise_of_codes_and_of_images_changes_the_reconstruction(
    standard_promotion, trained
):
    _, loss = trained
    found = [loss(**own)[0] for own in ({}, {"noise": 1.0}, {"corruption": 0.5})]
    assert len(set(found)) == 3
