"""A denoiser knows the noise level and the class, and may be padded."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import padding
from aejax.losses.diffusion import precondition
from aejax.models import Denoiser

MODEL = Denoiser(4, width=8, depth=2, classes=3)
RANDOM = np.random.default_rng(0)
CODES = jnp.asarray(RANDOM.normal(size=(3, 4)), jnp.float32)
LEVEL = jnp.array([-1.0, 0.2, 1.0])
LABELS = jnp.array([0, 1, 2])


@pytest.fixture(scope="module")
def params():
    """Random ones: the last layer begins at 0."""
    begun = MODEL.init(jax.random.key(0), CODES, LEVEL, LABELS)
    leaves, structure = jax.tree.flatten(begun)
    keys = jax.random.split(jax.random.key(1), len(leaves))
    drawn = [
        jax.random.normal(k, a.shape) / 3 for k, a in zip(keys, leaves, strict=True)
    ]
    return jax.tree.unflatten(structure, drawn)


def test_it_may_be_padded():
    padding.verify_padding(MODEL, (CODES, LEVEL, LABELS))


def test_it_begins_as_the_best_denoiser_of_white_codes():
    begun = MODEL.init(jax.random.key(0), CODES, LEVEL, LABELS)
    sigma = jnp.array([0.5, 1.0, 3.0])
    denoise = precondition(lambda x, level: MODEL.apply(begun, x, level, LABELS))
    expected = CODES / (1 + jnp.square(sigma))[:, None]
    np.testing.assert_allclose(denoise(CODES, sigma), expected, rtol=1e-6)


def test_labels_that_are_not_given_are_those_of_no_class(params):
    free = MODEL.apply(params, CODES, LEVEL)
    none = MODEL.apply(params, CODES, LEVEL, jnp.full(3, MODEL.classes))
    np.testing.assert_array_equal(free, none)
    told = MODEL.apply(params, CODES, LEVEL, LABELS)
    assert (jnp.abs(told - free).max(-1) > 1e-3).all()


def test_each_code_is_denoised_by_its_own_level_and_class(params):
    together = MODEL.apply(params, CODES, LEVEL, LABELS)
    for i in range(3):
        rows = slice(i, i + 1)
        alone = MODEL.apply(params, CODES[rows], LEVEL[rows], LABELS[rows])
        np.testing.assert_allclose(together[rows], alone, rtol=1e-4, atol=1e-5)
    other = MODEL.apply(params, CODES, LEVEL + 0.3, LABELS)
    assert (jnp.abs(other - together).max(-1) > 1e-3).all()


def test_a_network_without_classes_has_no_table_of_them():
    plain = Denoiser(4, width=8, depth=2)
    begun = plain.init(jax.random.key(0), CODES, LEVEL)["params"]
    told = MODEL.init(jax.random.key(0), CODES, LEVEL)["params"]
    assert {*told} - {*begun} == {"class"}
    assert told["class"]["embedding"].shape[0] == MODEL.classes + 1
