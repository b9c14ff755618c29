"""What a stack of convolutions costs and sees: by formula, and by measurement.

    layers = [Layer(3, groups=4, padding=1), Layer(1)]
    by_formula(layers, 4, 9) == by_measurement(layers, 4, 9)

All layers have as many channels in as out. Measurements are made in double precision,
within `jax.enable_x64(True)`.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from aejax.eval import convolution
from aejax.eval.convolution import Layer, extent, matrix, seen

Module = Callable[[Layer, int], nn.Module]
"""`(layer, channels)` to a layer of Flax without padding."""


class Cost(NamedTuple):
    """Of an image through a stack.

    Attributes:
      output: positions of the output along an axis.
      parameters: numbers of kernels and biases.
      multiplications: those with padding included.
      field: inputs along an axis that an output depends on, at most.
    """

    output: int
    parameters: int
    multiplications: int
    field: int


def by_formula(layers: Sequence[Layer], channels: int, size: int) -> Cost:
    """The costs of an image [size, size, channels], from the layers' numbers alone.

    Raises:
      ValueError: several layers of which one is transposed, or a kernel that does not
        fit.
    """
    alone = len(layers) == 1
    field = layers[0].receptive_field if alone else convolution.receptive_field(layers)
    parameters = multiplications = 0
    for layer in layers:
        parameters += layer.parameters(channels, channels)
        multiplications += layer.multiplications(size, channels, channels)
        size = layer.output_size(size)
    return Cost(size, parameters, multiplications, field)


def by_measurement(
    layers: Sequence[Layer],
    channels: int,
    size: int,
    module: Module = convolution.module,
) -> Cost:
    """The same of Flax's layers, without any formula.

    The output is counted, and so are the parameters. Multiplications are the entries of
    each layer's matrix that are not zero; the field is the extent of the gradient of an
    output in the middle by an image that is large enough, the largest of all phases of
    a stride.

    Args:
      layers: first to last.
      channels: in and out.
      size: edge of the image.
      module: makes a layer.
    """
    drawn = [drawn_layer(layer, channels, i, module) for i, layer in enumerate(layers)]
    parameters = sum(leaf.size for _, p in drawn for leaf in jax.tree.leaves(p))

    def whole(x: jax.Array) -> jax.Array:
        for layer, (own, params) in zip(layers, drawn, strict=True):
            x = applied(layer, own, params, x[None])[0]
        return x

    multiplications, edge = 0, size
    for layer, (own, params) in zip(layers, drawn, strict=True):
        around = 0 if layer.transposed else 2 * layer.padding
        alone = lambda x, own=own, params=params: own.apply(params, x[None])[0]  # noqa: E731
        entries = matrix(alone, (edge + around, edge + around, channels))
        multiplications += int(np.count_nonzero(entries))
        edge = layer.output_size(edge)
    output = jax.eval_shape(whole, jnp.zeros((size, size, channels))).shape[0]
    large = jnp.zeros((3 * size, 3 * size, channels))
    phases = range(max(layer.stride for layer in layers))
    field = max(extent(seen(whole, large, beside)) for beside in phases)
    return Cost(output, parameters, multiplications, field)


def drawn_layer(
    layer: Layer, channels: int, seed: int, module: Module = convolution.module
) -> tuple[nn.Module, Any]:
    """A layer of Flax and random parameters for it; nothing is compiled for them."""
    own = module(layer, channels)
    example = jnp.zeros((1, layer.span, layer.span, channels))
    like = jax.eval_shape(own.init, jax.random.key(0), example)
    random = np.random.default_rng(seed)
    params = jax.tree.map(
        lambda leaf: jnp.asarray(random.normal(size=leaf.shape), leaf.dtype), like
    )
    return own, params


def applied(layer: Layer, own: nn.Module, params: Any, x: jax.Array) -> jax.Array:
    """A layer without padding, with the padding that its numbers have.

    Zeros are put around the input; of a transposed layer the output is cropped, which
    is the adjoint of that.

    Args:
      layer: its numbers.
      own: the layer without padding.
      params: of it.
      x: [n, h, w, c].
    """
    p = layer.padding
    if not layer.transposed:
        return own.apply(params, jnp.pad(x, ((0, 0), (p, p), (p, p), (0, 0))))
    y = own.apply(params, x)
    return y[:, p : y.shape[1] - p, p : y.shape[2] - p]


def pattern(
    layer: Layer, channels: int, module: Module = convolution.module, size: int = 5
) -> NDArray[np.bool_]:
    """Which entries of a layer's matrix are not zero: [outputs, inputs].

    Both are ordered by channel, then row and column.

    Args:
      layer: with its padding.
      channels: in and out.
      module: makes a layer.
      size: edge of the image.
    """
    own, params = drawn_layer(layer, channels, 0, module)

    def by_channel(x: jax.Array) -> jax.Array:
        y = applied(layer, own, params, x.transpose(1, 2, 0)[None])[0]
        return y.transpose(2, 0, 1)

    return matrix(by_channel, (channels, size, size)) != 0


def terms(
    size: int, kernel: int, stride: int, module: Module = convolution.module
) -> NDArray:
    """How many terms each output of a transposed convolution has: [h, w].

    Args:
      size: edge of the image that is enlarged.
      kernel: taps along an axis.
      stride: factor of enlargement.
      module: makes a layer.
    """
    layer = Layer(kernel, stride=stride, transposed=True)
    return _ones(layer, jnp.ones((size, size)), module)


def terms_of_resized(
    size: int, kernel: int, factor: int, module: Module = convolution.module
) -> NDArray:
    """As `terms`, of an image whose pixels are repeated and which is then convolved."""
    image = jnp.ones((size, size)).repeat(factor, 0).repeat(factor, 1)
    return _ones(Layer(kernel), image, module)


def uneven(terms: NDArray, border: int = 4) -> float:
    """Largest over smallest number of terms away from the border: 1 if all are equal.

    Args:
      terms: [h, w], larger than both borders.
      border: rows and columns that do not count, on each side.
    """
    inner = terms[border:-border, border:-border]
    return float(inner.max() / inner.min())


def adjoint_error(
    layer: Layer, channels: int, size: int, module: Module = convolution.module
) -> float:
    """How far the transposed layer is from the transposed matrix of a layer.

    Args:
      layer: without padding, not transposed.
      channels: in and out.
      size: edge of the image.
      module: makes both layers, which share their parameters.

    Returns:
      The largest difference; infinity if the matrices do not even have one shape.
    """
    own, params = drawn_layer(layer, channels, 0, module)
    turned = module(dataclasses.replace(layer, transposed=True), channels)
    small = layer.output_size(size)
    down = matrix(lambda x: own.apply(params, x[None])[0], (size, size, channels))
    up = matrix(lambda x: turned.apply(params, x[None])[0], (small, small, channels))
    return float(np.abs(up - down.T).max()) if up.shape == down.T.shape else np.inf


def _ones(layer: Layer, image: jax.Array, module: Module) -> NDArray:
    """The layer with a kernel of ones on an image [h, w]."""
    kernel = jnp.ones((layer.kernel, layer.kernel, 1, 1))
    params = {"params": {"kernel": kernel, "bias": jnp.zeros(1)}}
    own = module(layer, 1)
    return np.asarray(own.apply(params, image[None, ..., None]))[0, ..., 0]
