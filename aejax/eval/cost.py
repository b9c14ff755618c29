"""What a model costs: numbers that it stores, operations that it computes."""

import math
from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax

from aejax.models.conv import Conv, ConvTranspose


def parameters(model: nn.Module, example: jax.Array) -> int:
    """Numbers in the parameter tree of a model; nothing is computed."""
    return sum(
        math.prod(leaf.shape)
        for leaf in jax.tree.leaves(_shapes(model, example)["params"])
    )


def _shapes(model: nn.Module, example: jax.Array) -> Any:
    """The variables of a model as shapes; nothing is computed."""
    return jax.eval_shape(model.init, jax.random.key(0), example)


def flops(model: nn.Module, example: jax.Array) -> int:
    """Floating point operations of one image's way through a model.

    Multiplications and additions (two operations) of the dense and convolutional
    layers; a convolution counts as the direct one, every tap at every position,
    whatever algorithm computes it. Activations and biases are left out.

    Args:
      model: a module that maps images to anything.
      example: images [n, h, w, c]; only the shape matters.
    """
    total = 0

    def count(call, args, kwargs, context):
        nonlocal total
        result = call(*args, **kwargs)
        module = context.module
        is_layer = context.method_name == "__call__"
        if is_layer and module.has_variable("params", "kernel"):
            kernel = module.get_variable("params", "kernel")
            total += 2 * kernel.size * _positions(module, args[0], result)
        return result

    params = _shapes(model, example)
    with nn.intercept_methods(count):
        jax.eval_shape(model.apply, params, example[:1])
    return total


def operations(f: Callable, *args: Any) -> float:
    """Floating point operations of a function of arrays, as XLA counts them.

    All of them, activations too, before it optimises; nothing is computed.

    Args:
      f: can be compiled.
      args: arrays or shapes (`jax.ShapeDtypeStruct`).
    """
    analysis: Any = jax.jit(f).lower(*args).cost_analysis()
    return float(analysis["flops"])


def _positions(module: nn.Module, image: jax.Array, result: jax.Array) -> int:
    """At how many places of an image a layer's kernel is applied."""
    match module:
        case Conv() | nn.Conv():
            return math.prod(result.shape[1:-1])
        case ConvTranspose() | nn.ConvTranspose():
            return math.prod(image.shape[1:-1])
        case nn.Dense():
            return math.prod(image.shape[1:-1])
    return 1
