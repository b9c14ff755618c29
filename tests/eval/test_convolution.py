import flax.linen as nn
import jax.numpy as jnp
import numpy as np
import pytest

from aejax.eval.convolution import Layer, extent, matrix, receptive_field, seen


@pytest.mark.parametrize(
    ("layer", "size", "output"),
    [
        (Layer(3), 12, 10),
        (Layer(3, padding=1), 12, 12),
        (Layer(3, stride=2, padding=1), 12, 6),
        (Layer(3, stride=2, padding=1), 13, 7),
        (Layer(3, dilation=4), 12, 4),
        (Layer(4, stride=2, transposed=True, padding=1), 7, 14),
        (Layer(1), 5, 5),
        (Layer(3, dilation=2), 5, 1),
    ],
)
def test_output_size(layer, size, output):
    assert layer.output_size(size) == output


def test_a_kernel_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="fit"):
        Layer(3, dilation=3).output_size(6)
    with pytest.raises(ValueError, match="groups"):
        Layer(3, groups=3).parameters(8, 6)
    with pytest.raises(ValueError, match="stride=0"):
        Layer(3, stride=0)
    with pytest.raises(ValueError, match="transposed"):
        receptive_field([Layer(3, transposed=True)])


def test_receptive_field_of_stacks():
    assert receptive_field([]) == 1
    assert receptive_field([Layer(3)] * 4) == 9
    assert receptive_field([Layer(3, dilation=2**i) for i in range(4)]) == 31
    assert receptive_field([Layer(3, stride=2), Layer(3, stride=2), Layer(3)]) == 15


def test_the_matrix_of_a_convolution():
    """Along one axis, a band; what one output sees is the kernel."""
    kernel = jnp.array([1.0, 2.0, 3.0])
    found = matrix(lambda x: jnp.convolve(x, kernel, mode="valid"), (5,))
    np.testing.assert_array_equal(found[0], [3, 2, 1, 0, 0])
    assert np.count_nonzero(found) == 9
    layer = nn.Conv(1, (3, 3), kernel_dilation=2, padding="VALID")
    params = {"params": {"kernel": jnp.ones((3, 3, 1, 1)), "bias": jnp.ones(1)}}
    gradient = seen(lambda x: layer.apply(params, x[None])[0], jnp.zeros((9, 9, 1)))
    assert extent(gradient, 0) == extent(gradient, 1) == 5
    assert np.count_nonzero(gradient) == 9
    assert extent(np.zeros((3, 3))) == 0
