"""Sheets of samples: one latent in a column, one class in a row."""

import jax
import numpy as np
import pytest

from aejax.eval import samples
from aejax.models import mlp_vae


def test_latents_are_equal_in_every_row_and_prefix_stable():
    short, long = (samples.sheet(3, 4, zdim) for zdim in (2, 5))
    latents = np.asarray(long["latents"]).reshape(3, 4, 5)
    np.testing.assert_array_equal(latents[0], latents[2])
    np.testing.assert_array_equal(np.asarray(short["latents"]), long["latents"][:, :2])
    assert list(short["row"]) == [0] * 4 + [1] * 4 + [2] * 4


@pytest.mark.parametrize(
    ("kind", "decode"),
    [("classes", samples.of_class), ("categories", samples.of_category)],
)
def test_rows_differ_by_their_class_alone(kind, decode):
    model = mlp_vae(2, (6,), (4, 4, 1), **{kind: 3})
    params = model.init(jax.random.key(0), np.zeros((1, 4, 4, 1), np.float32))
    batch = samples.sheet(3, 4, 2)
    found = np.asarray(decode(model, params, batch)).reshape(3, 4, 4, 4, 1)
    assert np.abs(found[0] - found[1]).max() > 1e-3
    again = decode(model, params, {k: v[:4] for k, v in batch.items()})
    np.testing.assert_allclose(found[0], again, rtol=1e-5)


class Bright:
    """Says class 1 of bright images."""

    def classify(self, images):
        is_bright = images.mean((1, 2, 3)) > 0.5
        return None, np.stack([~is_bright, is_bright], 1)


def test_samples_of_their_class_are_counted():
    rows = np.zeros((2, 4, 3, 3, 1))
    rows[0, 0] = rows[1, :3] = 1
    assert samples.of_their_class(rows, Bright()) == 6 / 8
