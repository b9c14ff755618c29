"""The penalty in closed form, and which units add most."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax.algorithms.sparse import sparse, strongest
from aejax.models import MlpAutoencoder

IMAGES = np.random.default_rng(0).uniform(size=(20, 4, 4, 1)).astype(np.float32)


@pytest.fixture(scope="module")
def stepped():
    """`hparams -> loss of the first step`, and the first parameters."""
    model = MlpAutoencoder(5, (), (4, 4, 1), code_activation=nn.relu)
    algorithm, batch = sparse(model, steps=10), {"image": jnp.asarray(IMAGES)}

    def loss(**own):
        hparams = {"learning_rate": 1e-3, "step": 0, "sparsity": 0, "noise": 0, **own}
        hparams = {name: jnp.float32(value) for name, value in hparams.items()}
        state = algorithm.init(jax.random.key(0), batch, hparams)
        _, metrics = jax.jit(algorithm.step)(state, batch, jax.random.key(1), hparams)
        return float(metrics["loss"]), algorithm.params(state)

    return model, loss


def test_error_and_penalty(standard_promotion, stepped):
    model, loss = stepped
    plain, params = loss()
    codes = np.asarray(model.apply(params, IMAGES, method="encode"))
    rows = np.asarray(params["params"]["decoder"]["pixels"]["kernel"]).reshape(5, 16)
    rebuilt = np.asarray(model.apply(params, IMAGES))
    error = np.square(rebuilt - IMAGES).sum((1, 2, 3)).mean()
    np.testing.assert_allclose(plain, error, rtol=1e-5)
    penalty = (codes * np.linalg.norm(rows, axis=1)).sum(1).mean()
    found, _ = loss(sparsity=2.0)
    np.testing.assert_allclose(found, error + 2 * penalty, rtol=1e-5)
    assert loss(noise=0.5)[0] != plain


def test_the_strongest_units_are_first_and_each_has_its_own_scale():
    kernel = np.zeros((3, 2, 2, 1), np.float32)
    kernel[0, 0, 0], kernel[1, 0, 1], kernel[2, 1, 0] = 1, -4, 3
    params = {"params": {"decoder": {"pixels": {"kernel": jnp.asarray(kernel)}}}}
    codes = jnp.asarray([[1.0, 0.5, 1.0], [1.0, 0.5, 1.0]])
    first, second = np.asarray(strongest(codes, params, 2))[..., 0]
    np.testing.assert_allclose(first, [[0.5, 0.5], [1, 0.5]])
    np.testing.assert_allclose(second, [[0.5, 0], [0.5, 0.5]])
    (third,) = np.asarray(strongest(codes, params, 1, every=3))[..., 0]
    np.testing.assert_allclose(third, first)
