import jax.numpy as jnp
import numpy as np

from aejax.losses.positions import continued, labelled


def test_positions_without_a_label_do_not_count(standard_promotion):
    logits = jnp.log(jnp.array([[0.5, 0.5], [0.9, 0.1], [0.9, 0.1]]))
    loss, wrong = labelled(logits, jnp.array([-1, 0, 1]))
    np.testing.assert_allclose(loss, -(np.log(0.9) + np.log(0.1)) / 2, rtol=1e-5)
    assert wrong == 0.5


def test_the_mean_leaves_the_whole_variance_and_early_positions_do_not_count():
    series = jnp.array([[9.0, 1.0, 3.0], [9.0, 3.0, 1.0]])
    output = jnp.full((2, 3, 1), 2.0)
    square, relative = continued(output, series, 1)
    assert (square, relative) == (1, 1)
