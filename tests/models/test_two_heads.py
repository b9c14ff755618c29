"""Both heads see the same code, and each learns from its own loss alone."""

import jax
import jax.numpy as jnp
import numpy as np

from aejax.models import MlpAutoencoder
from aejax.models.two_heads import TwoHeads


def test_classes_depend_on_the_code_alone():
    model = TwoHeads(MlpAutoencoder(3, (8,), (6, 6, 1)), classes=4)
    images = jax.random.uniform(jax.random.key(0), (5, 6, 6, 1))
    params = model.init(jax.random.key(1), images)
    shown, classes = model.apply(params, images)
    code = model.apply(params, images, method="encode")
    assert shown.shape == images.shape and classes.shape == (5, 4)
    head = {name: np.asarray(x) for name, x in params["params"]["head"].items()}
    expected = np.maximum(np.asarray(code), 0) @ head["kernel"] + head["bias"]
    np.testing.assert_allclose(classes, expected, rtol=1e-5, atol=1e-6)

    def loss(params):
        return jnp.square(model.apply(params, images)[1]).sum()

    slopes = jax.grad(loss)(params)["params"]["autoencoder"]
    assert not any(jnp.abs(x).max() > 0 for x in jax.tree.leaves(slopes["decoder"]))
    assert all(jnp.abs(x).max() > 0 for x in jax.tree.leaves(slopes["encoder"]))
