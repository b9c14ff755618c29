"""Best constants are means or medians; a pixel alone."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax.eval.proper import best_constant, of_pixel
from aejax.losses import reconstruction

LEVELS = np.array([0.1, 0.2, 0.9])


def absolute(logits, images):
    return reconstruction.pixel_sum(jnp.abs(jax.nn.sigmoid(logits) - images))


@pytest.mark.parametrize(
    ("loss", "best"),
    [
        (reconstruction.squared, LEVELS.mean()),
        (reconstruction.bernoulli, LEVELS.mean()),
        (absolute, np.median(LEVELS)),
    ],
)
def test_the_best_constant(loss, best):
    with jax.enable_x64(True):
        assert best_constant(loss, LEVELS) == pytest.approx(best, abs=1e-4)


def test_a_pixel_alone_has_the_loss_of_an_image_of_one():
    one = of_pixel(reconstruction.squared)
    assert float(one(jnp.float32(0), 1.0)) == pytest.approx(0.25)
