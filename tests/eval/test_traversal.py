"""Traversals: each coordinate alone, those that images need first."""

import jax
import jax.numpy as jnp
import numpy as np

from aejax import models
from aejax.eval.traversal import traversals
from aejax.report.figures import shown
from aejax.report.figures.walks import traversals as drawn


def test_one_coordinate_changes_and_the_others_stay():
    model = models.mlp_vae(3, (8,), (6, 6, 1))
    images = jax.random.uniform(jax.random.key(0), (5, 6, 6, 1))
    params = model.init(jax.random.key(1), images)
    found = traversals(model, params, images, steps=5)
    assert found.shape == (3, 5, 6, 6, 1)
    mean, spread, *_ = model.apply(params, images, method="encode")
    kl = jnp.square(mean) + jnp.exp(spread) - spread
    first = int(kl.mean(0).argmax())
    code = mean[:1].at[0, first].set(-2.0)
    expected = model.apply(params, code, method="decode")
    np.testing.assert_allclose(found[0, :1], expected, rtol=1e-5)
    middle = mean[:1].at[0, first].set(0.0)
    expected = model.apply(params, middle, method="decode")
    np.testing.assert_allclose(found[0, 2:3], expected, rtol=1e-5)
    figure = drawn({"seed 0": found}, names={"seed 0": ["x", "y", "unused"]})
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()][2] == "unused"
    figure = drawn({"seed 0": found, "seed 1": found})
    values = shown.values(figure)
    assert set(values["panel"]) == {"seed 0", "seed 1"}
    assert len(values["value"]) == 2 * (3 * 7) * (5 * 7)
