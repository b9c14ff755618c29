import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from aejax.models.attention import (
    EncoderBlock,
    GridAttention,
    convolve,
    encoded_offsets,
    from_convolution,
    position_weights,
)
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


@pytest.mark.parametrize("k", [2, 3])
def test_zero_tokens_around_the_image_make_it_a_whole_convolution(x64, k):
    random = np.random.default_rng(0)
    kernel = jnp.asarray(random.normal(size=(k, k, 2, 3)))
    image = jnp.asarray(random.normal(size=(2, 4, 5, 2)))
    expected = lax.conv_general_dilated(
        image, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )
    found = jax.jit(convolve)(image, kernel, 60.0)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_a_sharp_head_looks_at_one_key():
    position = from_convolution(jnp.zeros((3, 3, 1, 1)), 40.0)["params"]["position"]
    found = position_weights(position, (3, 4))
    assert found.shape == (9, 12, 12)
    np.testing.assert_allclose(found[8, 0], np.eye(12)[5], atol=1e-6)


def test_a_block_keeps_the_shape_and_equal_tokens_equal(standard_promotion):
    block = EncoderBlock((2, 3), 2)
    x = jnp.asarray(np.random.default_rng(0).normal(size=(1, 6, 4)), jnp.float32)
    params = block.init(jax.random.key(0), x)
    assert block.apply(params, x).shape == x.shape
    equal = block.apply(params, jnp.broadcast_to(x[:, :1], x.shape))
    np.testing.assert_allclose(equal, equal[:, :1] + jnp.zeros_like(x), atol=1e-5)
