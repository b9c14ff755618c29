"""Unmixing through a code: what `code_unmixer` puts together, and what it passes on."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax import padding
from aejax.models import CodeUnmixer, ConvEncoder, MlpDecoder, Posterior, code_unmixer

SHAPE = (8, 8, 3)
SMALL = {"width": 2, "depth": 1, "method": "native"}
KINDS = [(False, False), (False, True), (True, False), (True, True)]


def build(variational, consistent):
    own = {"variational": variational, "consistent": consistent}
    return code_unmixer(3, 5, SHAPE, **SMALL, **own)


@pytest.fixture(scope="module")
def mixtures():
    return jax.random.uniform(jax.random.key(0), (4, *SHAPE))


@pytest.mark.parametrize(("variational", "consistent"), KINDS)
def test_the_whole_is_its_parts_at_the_mean_code(
    variational, consistent, mixtures, random_parameters
):
    model = build(variational, consistent)
    params = random_parameters(model)
    found = jax.jit(partial(model.apply, method="encode"))(params, mixtures)
    assert isinstance(found, Posterior) == variational
    latents = found.mean if variational else found
    assert latents.shape == (4, model.zdim) == (4, 3)
    separate = jax.jit(partial(model.apply, method="separate"))
    parts = jax.jit(model.apply)(params, mixtures)
    np.testing.assert_allclose(separate(params, latents, mixtures), parts, atol=1e-6)
    assert np.ptp(parts, axis=0).max() > 1e-2
    # Only consistent parts see more of a mixture than its code.
    others = separate(params, latents, 1 - mixtures)
    assert (np.abs(others - parts).max() > 1e-2) == consistent


@pytest.mark.parametrize("consistent", [False, True])
def test_a_variational_model_has_one_layer_more(consistent):
    """That of the log variances; all else is as large."""
    counts = []
    for variational in (False, True):
        model = build(variational, consistent)
        own = jax.eval_shape(model.init, jax.random.key(0), jnp.zeros((1, *SHAPE)))
        counts.append(sum(leaf.size for leaf in jax.tree.leaves(own)))
    assert counts[1] - counts[0] == 5 * 3 + 3


def test_code_and_width_are_sizes():
    assert padding.sizes(build(False, False)) == {
        "encoder.features": 3, "encoder.width": 2, "encoder.fc_width": 5,
        "first.width": 2, "first.fc_width": 5,
        "second.width": 2, "second.fc_width": 5,
    }  # fmt: skip
    models = [code_unmixer(d, h, SHAPE, width=w) for d, h, w in ((2, 7, 3), (5, 4, 6))]
    assert padding.largest(models) == code_unmixer(5, 7, SHAPE, width=6)


def test_other_parts_can_be_put_together(mixtures, random_parameters):
    halves = (MlpDecoder(SHAPE, (6,)), MlpDecoder(SHAPE, (4,)))
    model = CodeUnmixer(ConvEncoder(3, **SMALL), *halves)
    params = random_parameters(model)
    assert params["params"].keys() == {"encoder", "first", "second"}
    assert jax.jit(model.apply)(params, mixtures).shape == (4, 2, *SHAPE)
