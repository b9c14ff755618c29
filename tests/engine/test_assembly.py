"""A generator and a decoder as one model draw what both draw one after the other."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import aejax
from aejax import assembly, models
from aejax.eval.whitening import unwhiten, whitening

SHAPE = (8, 8, 1)
RANDOM = np.random.default_rng(0)


@pytest.mark.slow
def test_it_is_generator_colouring_and_decoder(tmp_path):
    autoencoder = models.Autoencoder(3, SHAPE, width=2, depth=2)
    own = autoencoder.init(jax.random.key(0), jnp.zeros((1, *SHAPE)))
    gan = models.LatentGAN(models.Generator(4, 3, 5, 2, 3), models.Critic(5, 2, 3))
    noise = jnp.asarray(RANDOM.normal(size=(6, 4)), jnp.float32)
    labels = jnp.arange(6) % 3
    params = gan.init(jax.random.key(1), noise)
    white = whitening(RANDOM.normal(size=(50, 3)) @ RANDOM.normal(size=(3, 3)) + 1)
    whole = assembly.image_generator(gan, params, autoencoder, own, white, 0.7)
    codes = gan.apply(params, 0.7 * noise, labels, method="generate")
    expected = autoencoder.apply(own, unwhiten(white, codes), method="decode")
    found = whole[0].apply(whole[1], noise, labels)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    aejax.save(tmp_path, *whole)
    again, restored = aejax.load(tmp_path)
    assert again == whole[0]
    assert (again.classes, again.noise_dim, again.image_shape) == (3, 4, SHAPE)
    np.testing.assert_array_equal(again.apply(restored, noise, labels), found)
