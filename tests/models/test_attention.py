import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from aejax.models.attention import GridAttention, encoded_offsets, from_convolution
from aejax.ops.tokens import tokens, untokens


def test_tokens_are_patches_row_by_row_and_back():
    images = jnp.arange(2 * 4 * 6 * 3).reshape(2, 4, 6, 3)
    cut = tokens(images, 2)
    assert cut.shape == (2, 6, 12)
    np.testing.assert_array_equal(cut[1, 4].reshape(2, 2, 3), images[1, 2:4, 2:4])
    np.testing.assert_array_equal(untokens(cut, (2, 3), 2), images)
    np.testing.assert_array_equal(tokens(images)[0], images[0].reshape(24, 3))
    with pytest.raises(ValueError, match="patches of 4"):
        tokens(images, 4)
    with pytest.raises(ValueError, match="grid"):
        untokens(cut, (3, 3), 2)


def test_offsets_are_from_query_to_key():
    found = encoded_offsets((2, 3))
    np.testing.assert_array_equal(found[0, 5], [5, 1, 2])
    np.testing.assert_array_equal(found[5, 0], [5, -1, -2])


@pytest.mark.parametrize("shape", [(3, 3), (2, 3)])
def test_a_kernel_becomes_attention(x64, shape):
    """Away from the border, where a convolution has all its taps."""
    random = np.random.default_rng(0)
    kernel = jnp.asarray(random.normal(size=(*shape, 2, 3)))
    image = jnp.asarray(random.normal(size=(1, 6, 5, 2)))
    model = GridAttention(3, (6, 5), shape[0] * shape[1], 1, jnp.float64)
    found = jax.jit(model.apply)(from_convolution(kernel, 60.0), tokens(image))
    expected = lax.conv_general_dilated(
        image, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )
    difference = np.abs(untokens(found, (6, 5)) - expected)
    assert difference[:, 1:-1, 1:-1].max() < 1e-12 < difference.max()


def test_shapes_of_its_own_parameters_fit():
    model = GridAttention(3, (2, 2), 4, 1)
    like = jax.eval_shape(model.init, jax.random.key(0), jnp.zeros((1, 4, 2)))
    own = from_convolution(jnp.ones((2, 2, 2, 3)), 1.0)
    assert jax.tree.map(jnp.shape, own) == jax.tree.map(jnp.shape, like)
