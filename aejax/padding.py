"""Models of different size as one: zero-padding, and the proof that it is exact.

Padded with zeros at the end of every axis, the parameters of a small model are those
of a larger one that computes the same, if activations map 0 to 0 and nothing mixes
channels but layers with kernels. `verify_padding` finds out whether that holds.
"""

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from aejax.sizes import Size, largest, pad, parts, sizes, unpad, with_sizes

__all__ = [
    "PaddingError",
    "largest",
    "pad",
    "sizes",
    "unpad",
    "verify_padding",
    "with_sizes",
]

Params = Any

_MIXED = (
    "channels are concatenated, or normalized or averaged together: add skips after a "
    "layer of their own (W1 a + W2 b) and normalize each channel by itself"
)
_UNSTEADY = (
    "padding would not stay 0 in training: activations have to map 0 to 0, and "
    "nothing may mix channels but layers with kernels"
)


class PaddingError(ValueError):
    """Zero-padding would change what a model computes or how it is trained."""


def verify_padding(
    model: nn.Module,
    example: jax.Array | tuple[jax.Array, ...],
    sizes: Mapping[str, Size] | None = None,
    *,
    method: str = "__call__",
    key: jax.Array | None = None,
) -> None:
    """Proves in float64 that zero-padding a model changes nothing.

    The model with random parameters is padded to a larger one. Results have to be
    equal (1e-10) and 0 where the larger ones are longer; so have the gradients of a
    loss, and those of padding have to be exactly 0, so that it stays 0 in training.
    Small models do: the proof is of the architecture, not of its size.

    Example:
      >>> verify_padding(Autoencoder(3, width=2), jnp.zeros((2, 28, 28, 1)))

    Args:
      model: any module with `sizes`.
      example: what the method takes; several arguments as a tuple. Two or more rows
        that are not constant prove more.
      sizes: larger sizes by name, others stay; each size plus 1 or plus 3 by default.
      method: what is proved: "__call__", "encode" ...
      key: of the random parameters.

    Raises:
      PaddingError: padding changes something, or the model has no sizes.
      ValueError: a name in `sizes` is not one of the model's, or a size is smaller.
    """
    key = jax.random.key(0) if key is None else key
    with jax.enable_x64(True), jax.numpy_dtype_promotion("standard"):
        inputs = example if isinstance(example, tuple) else (example,)
        inputs = tuple(map(_in_float64, inputs))
        small = _module_in_float64(model)
        large = with_sizes(small, _larger(model, sizes))
        own = _parameters_of(small, inputs, method)
        try:
            like = _parameters_of(large, inputs, method)
        except Exception as error:
            raise PaddingError(f"the larger model cannot be made: {error}") from error
        _check_growth(own, like)
        params = _random(key, own)
        expected = _traced(small, params, inputs, method)
        found = _traced(large, pad(params, like), inputs, method, expected[0])
    _compare("result", expected[0], found[0], _MIXED)
    _compare("gradient of", expected[1], found[1], _UNSTEADY)


def _larger(model: nn.Module, chosen: Mapping[str, Size] | None) -> dict[str, Size]:
    own = sizes(model)
    if not own:
        raise PaddingError(f"{type(model).__name__} names no fields in `sizes`")
    if chosen is None:
        growth = {name: 1 + 2 * (i % 2) for i, name in enumerate(own)}
        return {
            name: jax.tree.map(lambda size, by=growth[name]: size + by, size)
            for name, size in own.items()
        }
    if unknown := set(chosen) - set(own):
        raise ValueError(f"{sorted(unknown)} are not among the sizes {sorted(own)}")
    return dict(chosen)


def _module_in_float64(model: nn.Module) -> nn.Module:
    new = {name: _module_in_float64(part) for name, part in parts(model).items()}
    for field in dataclasses.fields(model):
        known = field.name in ("dtype", "param_dtype")
        if known and getattr(model, field.name) is not None:
            new[field.name] = jnp.float64
    return dataclasses.replace(model, **new)


def _in_float64(array: jax.Array) -> jax.Array:
    is_float = jnp.issubdtype(array.dtype, jnp.floating)
    return array.astype(jnp.float64) if is_float else array


def _parameters_of(model: nn.Module, inputs: tuple, method: str) -> Params:
    init = partial(model.init, method=method)
    variables = jax.eval_shape(init, jax.random.key(0), *inputs)
    if state := set(variables) - {"params"}:
        raise PaddingError(
            f"{type(model).__name__} keeps {sorted(state)} beside its parameters (as "
            "batch normalization does), which members of a sweep do not carry"
        )
    return variables


def _check_growth(own: Params, like: Params) -> None:
    structures: list[Any] = [jax.tree.structure(tree) for tree in (own, like)]
    if structures[0] != structures[1]:
        raise PaddingError("the larger model has other parameters, not larger ones")
    pairs = zip(jax.tree.leaves_with_path(own), jax.tree.leaves(like), strict=True)
    for (path, small), large in pairs:
        axes = zip(small.shape, large.shape, strict=False)
        if small.ndim != large.ndim or any(b < a for a, b in axes):
            raise PaddingError(
                f"{jax.tree_util.keystr(path, simple=True, separator='/')} of shape "
                f"{small.shape} cannot be padded to {large.shape}"
            )


def _random(key: jax.Array, like: Params) -> Params:
    """Normal values, smaller in larger kernels so that activations stay moderate."""
    leaves, structure = jax.tree.flatten(like)
    keys = jax.random.split(key, len(leaves))
    values = [
        jax.random.normal(k, leaf.shape, jnp.float64) / max(1, leaf.size) ** 0.25
        for k, leaf in zip(keys, leaves, strict=True)
    ]
    return jax.tree.unflatten(structure, values)


def _traced(
    model: nn.Module, params: Params, inputs: tuple, method: str, like: Any = None
) -> tuple[Any, Params]:
    """The result, and the gradient of a loss of it that sees what `like` has."""

    def loss(params: Params) -> tuple[jax.Array, Any]:
        result = model.apply(params, *inputs, method=method)
        seen = result if like is None else unpad(result, like)
        linear = sum(
            (a * np.sin(1 + np.arange(a.size)).reshape(a.shape)).sum()
            for a in jax.tree.leaves(seen)
        )
        return linear + sum(
            jnp.square(a).sum() / 2 for a in jax.tree.leaves(result)
        ), result

    gradient, result = jax.jit(jax.grad(loss, has_aux=True))(params)
    return result, gradient


def _compare(what: str, expected: Any, found: Any, why: str) -> None:
    """Refuses a tree that is not the other one, padded with zeros."""
    pairs = zip(
        jax.tree.leaves_with_path(expected), jax.tree.leaves(found), strict=True
    )
    for (path, small), large in pairs:
        name = (
            f"{what} {jax.tree_util.keystr(path, simple=True, separator='/')}".strip()
        )
        core = tuple(map(slice, small.shape))
        scale = max(1.0, np.abs(small).max(initial=0.0))
        difference = np.abs(large[core] - small).max(initial=0.0)
        tolerance = 1e-10 if small.dtype == np.float64 else 1e-4
        if not difference <= tolerance * scale:
            raise PaddingError(
                f"the {name} differs by {difference:.1e} with padding; {why}"
            )
        if np.count_nonzero(large) > np.count_nonzero(large[core]):
            raise PaddingError(f"the {name} is not 0 in the padding; {why}")
