"""Codes on the scale on which models of them learn."""

import jax.numpy as jnp
import numpy as np

from aejax.algorithms.codes import own_codes, scale
from aejax.models import CodeVAE

CODES = np.random.default_rng(0).normal(size=(50, 4)) * [3.0, 1.0, 0.1, 0.0] + 2


def test_standardized_codes_have_mean_0_and_variance_1_on_average(x64):
    found = scale(CODES)
    standard = np.asarray(found.standardized(CODES))
    np.testing.assert_allclose(standard.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(standard.var(0)[:3].mean(), 1)
    np.testing.assert_array_equal(standard[:, 3], 0)
    # One deviation for all: directions keep their proportions.
    proportions = standard.std(0) / standard.std(0).max()
    np.testing.assert_allclose(proportions, CODES.std(0) / CODES.std(0).max())
    np.testing.assert_allclose(found.restored(standard), CODES)


def test_padding_does_not_change_the_scale(x64):
    padded = np.pad(CODES[:, :3], [(0, 0), (0, 5)])
    found = scale(padded)
    np.testing.assert_allclose(found.deviation, scale(CODES[:, :3]).deviation)
    np.testing.assert_array_equal(found.standardized(padded)[:, 3:], 0)


def test_a_member_sees_the_first_of_the_codes():
    codes = jnp.arange(12.0).reshape(2, 6)
    batch = {"code": codes, "other": -codes}
    choose = lambda batch, hparams: batch["other"]  # noqa: E731
    found = own_codes(CodeVAE(4), batch, {"zdim": jnp.int32(3)}, choose)
    expected = [[0.0, -1, -2, 0], [-6, -7, -8, 0]]
    np.testing.assert_array_equal(found, expected)
    assert own_codes(CodeVAE(4), batch, {}, choose)[1, 3] == -9
