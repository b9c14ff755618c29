"""Images as arrays: bytes, sizes that can be halved, and margins."""

import jax.numpy as jnp
import numpy as np
import pytest

from aejax import images


def test_every_byte_is_its_255th_part():
    pixels = jnp.arange(256, dtype=jnp.uint8)
    expected = np.arange(256, dtype=np.float32) / np.float32(255)
    np.testing.assert_allclose(images.unit(pixels), expected, rtol=2e-7)
    assert (images.unit(pixels)[0], images.unit(pixels)[-1]) == (0, 1)
    np.testing.assert_array_equal(images.unit(expected), expected)
    assert images.unit(pixels, jnp.bfloat16).dtype == jnp.bfloat16


@pytest.mark.parametrize("depth", [1, 3, 4, 5, 6])
def test_padded_sizes_can_be_halved(depth):
    for size in range(1, 70):
        padded = images.padded_size(size, depth)
        assert padded % 2**depth == 0
        assert size <= padded < size + 2 ** max(depth, 4)
    assert images.padded_size(28, 3) == 32


@pytest.mark.parametrize("shape", [(28, 28), (5, 8), (16, 16)])
def test_crop_undoes_pad(shape):
    plain = jnp.ones((2, *shape, 3))
    padded = images.pad(plain, 32, 16 if shape[1] <= 16 else 32)
    assert float(padded.sum()) == plain.size
    np.testing.assert_array_equal(images.crop(padded, *shape), plain)
    rows = np.flatnonzero(np.asarray(padded).any((0, 2, 3)))
    assert abs(rows[0] - (31 - rows[-1])) <= 1
