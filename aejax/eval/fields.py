"""Receptive fields of stacks of dilated convolutions: by formula and by gradient."""

from collections.abc import Callable

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from aejax.eval.convolution import Layer, extent, receptive_field, seen
from aejax.models.dilated import DilatedStack


def seen_by(model: nn.Module, length: int) -> np.ndarray:
    """`seen` of a network of series, by an input of zeros: [length, 1].

    Its weights are random and above 0, so that nothing cancels, and small: where tanh
    saturates, its derivative is 0 in float32. No activation may be flat at 0.

    Args:
      model: [n, length, 1] to [n, length, features].
      length: of the input.
    """
    x, random = jnp.zeros((length, 1)), np.random.default_rng(0)
    like = jax.eval_shape(model.init, jax.random.key(0), x[None])
    params = jax.tree.map(
        lambda leaf: jnp.asarray(random.uniform(0.01, 0.05, leaf.shape), leaf.dtype),
        like,
    )
    return seen(jax.jit(lambda x: model.apply(params, x[None])[0]), x)


def growth(
    dilation: Callable[[int], int],
    depth: int,
    expected: Callable[[int], int] | None = None,
) -> NDArray[np.float64]:
    """The field of stacks of kernel size 3 of 1, 2 ... `depth` layers: [depth, 3].

    Columns: by the formula; from the first to the last input that has a gradient; the
    fraction of the inputs between these that have one.

    Args:
      dilation: of each layer, from 0 on.
      depth: of the deepest stack.
      expected: dilation for the formula, if another one is under test.
    """
    rows = []
    for n in range(1, depth + 1):
        apart = tuple(map(dilation, range(n)))
        layers = [Layer(3, dilation=d) for d in map(expected or dilation, range(n))]
        length = 2 * max(1 + 2 * sum(apart), receptive_field(layers)) + 1
        gradient = seen_by(DilatedStack(1, apart, 4, activation=jnp.tanh), length)
        width = extent(gradient)
        rows.append((receptive_field(layers), width, (gradient > 0).sum() / width))
    return np.array(rows, float)
