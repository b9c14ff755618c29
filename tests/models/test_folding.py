import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aejax.models import MlpEncoder
from aejax.models.folding import fold, relu_piece, stacked


def test_layers_of_a_model_are_taken_by_number_not_by_letter(x64):
    """Twelve layers: fc_2 comes before fc_10."""
    widths = tuple(range(20, 8, -1))
    model = MlpEncoder(widths, activation=lambda x: x, param_dtype=jnp.float64)
    images = jax.random.uniform(jax.random.key(0), (5, 4, 4, 1))
    shapes = jax.eval_shape(model.init, jax.random.key(1), images)
    random = np.random.default_rng(0)
    params = jax.tree.map(
        lambda leaf: jnp.asarray(random.normal(size=leaf.shape)), shapes
    )
    found = fold(params["params"])
    expected = jax.jit(model.apply)(params, images)
    flat = images.reshape(5, -1)
    folded = flat @ found["kernel"] + found["bias"][None]
    np.testing.assert_allclose(folded, expected, rtol=1e-12, atol=1e-12)


def test_biases_may_be_absent():
    kernels = [{"kernel": jnp.full((2, 2), float(i))} for i in (1, 2)]
    assert fold(kernels).keys() == {"kernel"}
    first = {**kernels[0], "bias": jnp.array([1.0, 2.0])}
    np.testing.assert_array_equal(fold([first, kernels[1]])["bias"], [6, 6])
    np.testing.assert_array_equal(fold([kernels[1], first])["bias"], [1, 2])
    np.testing.assert_array_equal(fold([first])["bias"], [1, 2])


@pytest.mark.parametrize(
    "layers",
    [
        [],
        {"a": {"kernel": jnp.ones((3, 3, 1, 2))}},
        {"a": {"kernel": jnp.ones((3, 2)), "scale": jnp.ones(2)}},
        [{"kernel": jnp.ones((3, 2))}, {"kernel": jnp.ones((3, 2))}],
    ],
)
def test_what_is_no_stack_of_dense_layers_is_refused(layers):
    with pytest.raises(ValueError, match="layer"):
        fold(layers)


def test_an_activation_stands_between_layers_or_behind_one():
    layers = [{"kernel": jnp.full((1, 1), k), "bias": jnp.ones(1)} for k in (1.0, 2, 3)]
    x = jnp.array([[1.0]])

    def found(**further):
        return float(stacked(layers, x, lambda v: 10 * v, **further)[0, 0])

    assert found() == 3 * 10 * (2 * 10 * 2 + 1) + 1
    assert found(after=0) == 3 * (2 * 10 * 2 + 1) + 1
    assert found(after=1) == 3 * 10 * (2 * 2 + 1) + 1
    assert found(after=2) == 3 * (2 * 2 + 1) + 1


def test_a_piece_is_the_network_and_its_derivative_near_a_point(x64):
    random = np.random.default_rng(0)
    layers = [
        {"kernel": jnp.asarray(random.normal(size=(a, b))), "bias": jnp.full(b, 0.1)}
        for a, b in ((3, 9), (9, 9), (9, 2))
    ]
    x = jnp.asarray(random.normal(size=3))

    def network(x):
        return stacked(layers, x[None], jax.nn.relu)[0]

    found = relu_piece(layers, x)
    near = x + 1e-9
    value = near @ found["kernel"] + found["bias"]
    np.testing.assert_allclose(value, network(near), rtol=1e-12, atol=1e-12)
    slope = jax.jacobian(network)(x).T
    np.testing.assert_allclose(found["kernel"], slope, rtol=1e-12, atol=1e-12)
