"""No images are images, too."""

import jax
import numpy as np
import pytest

from aejax.eval.batching import batched
from aejax.models import Autoencoder, Classifier

SHAPE = (28, 28, 1)


@pytest.mark.parametrize(
    ("model", "method", "length"),
    [
        (Autoencoder(4, SHAPE, width=2, depth=2), "encode", 4),
        (Autoencoder(4, SHAPE, width=2, depth=2), None, 28),
        (Autoencoder(4, SHAPE, width=2, depth=1, fc_layers=1), "reconstruct", 28),
        (Classifier(10), None, 10),
    ],
)
def test_an_empty_batch_has_empty_results(random_parameters, model, method, length):
    images = np.zeros((0, *SHAPE), np.uint8)
    params = random_parameters(model)

    def apply(images):
        return model.apply(params, images, method=method)

    for call in (apply, lambda images: batched(apply, images)):
        assert jax.eval_shape(call, images).shape[:2] == (0, length)
