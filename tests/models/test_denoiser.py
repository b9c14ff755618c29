"""A denoiser knows the noise level and the class, and may be padded."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import descriptions, padding
from aejax.models import Denoiser

MODEL = Denoiser(4, width=8, depth=2, classes=3)
INIT = jax.jit(MODEL.init)
RANDOM = np.random.default_rng(0)
CODES = jnp.asarray(RANDOM.normal(size=(3, 4)), jnp.float32)
ANGLE = jnp.array([0.1, 0.7, 1.5])
LABELS = jnp.array([0, 1, 2])


@pytest.fixture(scope="module")
def params():
    """Random ones: the last layer begins at 0."""
    begun = INIT(jax.random.key(0), CODES, ANGLE, LABELS)
    leaves, structure = jax.tree.flatten(begun)
    keys = jax.random.split(jax.random.key(1), len(leaves))
    drawn = [
        jax.random.normal(k, a.shape) / 3 for k, a in zip(keys, leaves, strict=True)
    ]
    return jax.tree.unflatten(structure, drawn)


def test_it_may_be_padded():
    padding.verify_padding(MODEL, (CODES, ANGLE, LABELS))


def test_it_begins_as_the_velocity_of_white_codes():
    begun = INIT(jax.random.key(0), CODES, ANGLE, LABELS)
    np.testing.assert_array_equal(MODEL.apply(begun, CODES, ANGLE, LABELS), 0)


def test_labels_that_are_not_given_are_those_of_no_class(params):
    free = MODEL.apply(params, CODES, ANGLE)
    none = MODEL.apply(params, CODES, ANGLE, jnp.full(3, MODEL.classes))
    np.testing.assert_array_equal(free, none)
    told = MODEL.apply(params, CODES, ANGLE, LABELS)
    assert (jnp.abs(told - free).max(-1) > 1e-3).all()


def test_each_code_is_denoised_by_its_own_level_and_class(params):
    together = MODEL.apply(params, CODES, ANGLE, LABELS)
    for i in range(3):
        rows = slice(i, i + 1)
        alone = MODEL.apply(params, CODES[rows], ANGLE[rows], LABELS[rows])
        np.testing.assert_allclose(together[rows], alone, rtol=1e-4, atol=1e-5)
    other = MODEL.apply(params, CODES, ANGLE + 0.3, LABELS)
    assert (jnp.abs(other - together).max(-1) > 1e-3).all()


def test_a_network_without_classes_has_no_table_of_them():
    plain = Denoiser(4, width=8, depth=2)
    begun = jax.jit(plain.init)(jax.random.key(0), CODES, ANGLE)["params"]
    told = INIT(jax.random.key(0), CODES, ANGLE)["params"]
    assert {*told} - {*begun} == {"class"}
    assert told["class"]["embedding"].shape[0] == MODEL.classes + 1


def test_it_can_be_made_from_its_description():
    assert descriptions.made(descriptions.describe(MODEL)) == MODEL
