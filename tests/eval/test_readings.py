"""Several readings in one call are those of one call each."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import diffusion, models
from aejax.eval import gan, readings
from aejax.eval.obedience import asked

KEY = jax.random.key(0)
VALUES = jnp.array([0.0, 0.5, 2.0])


def test_truncations_are_those_of_single_samples():
    model = models.LatentGAN(models.Generator(4, 3, 5, 2, 2), models.Critic(5, 2, 2))
    given = asked(KEY, 2, 6, 4)
    params = model.init(KEY, given["noise"])
    found = readings.truncated(VALUES, model, params, *given.values())
    labels = jnp.zeros(6, jnp.int32)
    for i, value in enumerate(VALUES):
        one = gan.sample(model, params, KEY, 6, {}, labels, float(value))
        np.testing.assert_allclose(found[i, :6], one, atol=1e-6)


@pytest.mark.slow
def test_weights_of_guidance_are_those_of_single_samples():
    model = models.Denoiser(3, 8, 1, classes=2)
    given = asked(KEY, 2, 6, 3)
    params = model.init(KEY, given["noise"], jnp.zeros(12), given["label"])
    params = jax.tree.map(lambda a: a + 0.1, params)
    found = readings.guided(VALUES, model, params, *given.values(), steps=3)
    labels = jnp.ones(6, jnp.int32)
    for i, value in enumerate(VALUES):
        one = diffusion.sample(
            model, params, KEY, 6, {}, labels=labels, guidance=float(value), steps=3
        )
        np.testing.assert_allclose(found[i, 6:], one, atol=1e-5)
    assert np.abs(found[0] - found[2]).max() > 1e-3
