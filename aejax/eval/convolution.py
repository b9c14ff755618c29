"""What a convolution costs and sees: by formula, and measured on any linear map.

Along one axis of n positions, kernel k, stride s, dilation d and padding p on either
side; two axes are alike. The measurements need no formula: a layer is a linear map, so
it has a matrix; its entries that are not zero are the multiplications, and those of one
row are what that output sees.
"""

import dataclasses
import math
from collections.abc import Callable, Sequence

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np


@dataclasses.dataclass(frozen=True)
class Layer:
    """A convolution of images, the same along both axes.

    Attributes:
      kernel: taps along an axis.
      stride: step of the window; of a transposed layer, the factor of enlargement.
      dilation: distance of neighbouring taps.
      groups: parts into which the channels fall, each convolved alone.
      padding: zeros on either side.
      transposed: the adjoint of the convolution with these numbers.

    Raises:
      ValueError: a number is below 1, or the padding below 0.
    """

    kernel: int = 3
    stride: int = 1
    dilation: int = 1
    groups: int = 1
    padding: int = 0
    transposed: bool = False

    def __post_init__(self) -> None:
        numbers = (self.kernel, self.stride, self.dilation, self.groups)
        if min(numbers) < 1 or self.padding < 0:
            raise ValueError(f"{self}: numbers from 1 on, padding from 0 on")

    @property
    def span(self) -> int:
        """Positions from the first to the last tap: d (k - 1) + 1."""
        return self.dilation * (self.kernel - 1) + 1

    def output_size(self, size: int) -> int:
        """Positions of the output along an axis.

        Raises:
          ValueError: the kernel does not fit into the padded input.
        """
        if self.transposed:
            return (size - 1) * self.stride + self.span - 2 * self.padding
        room = size + 2 * self.padding - self.span
        if room < 0:
            raise ValueError(f"{self} does not fit into {size} positions")
        return room // self.stride + 1

    def parameters(self, inputs: int, outputs: int, bias: bool = True) -> int:
        """Numbers of the kernel and the bias for so many channels.

        Raises:
          ValueError: the channels do not fall into the groups.
        """
        if inputs % self.groups or outputs % self.groups:
            raise ValueError(f"{inputs}, {outputs} channels in {self.groups} groups")
        kernel = self.kernel**2 * inputs // self.groups * outputs
        return kernel + (outputs if bias else 0)

    def multiplications(self, size: int, inputs: int, outputs: int) -> int:
        """Of one image [size, size, inputs], those with padding included.

        Twice as many operations where additions count, too.
        """
        places = size if self.transposed else self.output_size(size)
        return places**2 * self.parameters(inputs, outputs, bias=False)

    @property
    def receptive_field(self) -> int:
        """Inputs along an axis that an output depends on, at most."""
        return math.ceil(self.span / self.stride) if self.transposed else self.span


def receptive_field(layers: Sequence[Layer]) -> int:
    """Of a stack: 1 + sum of (k - 1) d times the product of the strides before.

    Args:
      layers: first to last, none transposed.

    Raises:
      ValueError: a layer is transposed.
    """
    field, jump = 1, 1
    for layer in layers:
        if layer.transposed:
            raise ValueError("the formula is for layers that are not transposed")
        field += (layer.span - 1) * jump
        jump *= layer.stride
    return field


def matrix(f: Callable[[jax.Array], jax.Array], shape: Sequence[int]) -> np.ndarray:
    """The matrix [outputs, inputs] of a linear map of arrays of this shape."""
    zeros = jnp.zeros(tuple(shape))
    columns = jax.jacrev(lambda x: (f(x) - f(zeros)).ravel())(zeros)
    return np.asarray(columns).reshape(len(columns), -1)


def seen(
    f: Callable[[jax.Array], jax.Array], x: jax.Array, beside: int = 0
) -> np.ndarray:
    """Absolute gradient of the output's middle element by the input, as x.

    Args:
      f: x to an array whose first axes are positions, the last one channels.
      x: where; of a network with activations the field can be smaller at some inputs.
      beside: positions from the middle, along each axis.
    """

    def middle(x: jax.Array) -> jax.Array:
        y = f(x)
        return y[tuple(n // 2 + beside for n in y.shape[:-1])].sum()

    return np.asarray(jnp.abs(jax.grad(middle)(x)))


def extent(found: np.ndarray, axis: int = 0) -> int:
    """Positions along an axis from the first to the last that is not zero."""
    others = tuple(i for i in range(found.ndim) if i != axis)
    places = np.flatnonzero(np.abs(found).sum(others))
    return int(places[-1] - places[0] + 1) if len(places) else 0


def module(layer: Layer, channels: int) -> nn.Module:
    """The layer of Flax with these numbers, in double precision and without padding."""
    shape, stride = (layer.kernel,) * 2, (layer.stride,) * 2
    types = {"param_dtype": jnp.float64, "padding": "VALID"}
    if layer.transposed:
        return nn.ConvTranspose(channels, shape, stride, transpose_kernel=True, **types)
    return nn.Conv(
        channels,
        shape,
        stride,
        kernel_dilation=layer.dilation,
        feature_group_count=layer.groups,
        **types,
    )
