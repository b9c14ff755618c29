"""Sizes of a model, and zero-padding of its parameters to those of a larger one.

Sizes are the fields in which members of one program may differ. A model names them in
its class attribute `sizes`; fields that are modules themselves are searched, too, and
give dotted names such as "posterior.zdim".
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp

Params = Any
Size = int | tuple[int, ...]


def sizes(model: nn.Module) -> dict[str, Size]:
    """The fields in which members of one program may differ, by dotted name."""
    found = {name: getattr(model, name) for name in getattr(model, "sizes", ())}
    for name, part in parts(model).items():
        found |= {f"{name}.{inner}": size for inner, size in sizes(part).items()}
    return found


def with_sizes(model: nn.Module, sizes: Mapping[str, Size]) -> nn.Module:
    """The same model of other sizes.

    Args:
      model: any module.
      sizes: some or all of the names that `sizes` gives.
    """
    own = {name: size for name, size in sizes.items() if "." not in name}
    for name, part in parts(model).items():
        inner = {
            dotted.removeprefix(f"{name}."): size
            for dotted, size in sizes.items()
            if dotted.startswith(f"{name}.")
        }
        if inner:
            own[name] = with_sizes(part, inner)
    return dataclasses.replace(model, **own) if own else model


def largest(models: Sequence[nn.Module]) -> nn.Module:
    """The model whose every size is the largest among `models`."""
    greatest = jax.tree.map(lambda *each: max(each), *map(sizes, models))
    return with_sizes(models[0], greatest)


def pad(params: Params, like: Params) -> Params:
    """Zero-pads every leaf at the end of each axis to the shapes of `like`."""

    def leaf(array, target):
        if array.shape == target.shape:
            return array
        margins = zip(array.shape, target.shape, strict=True)
        return jnp.pad(array, [(0, large - small) for small, large in margins])

    return jax.tree.map(leaf, params, like)


def unpad(params: Params, like: Params) -> Params:
    """Undoes `pad`: cuts every leaf down to the shapes of `like`."""
    return jax.tree.map(
        lambda array, target: array[tuple(map(slice, target.shape))], params, like
    )


def parts(model: nn.Module) -> dict[str, nn.Module]:
    """The fields that are modules."""
    fields = (field.name for field in dataclasses.fields(model))
    found = {name: getattr(model, name) for name in fields if name != "parent"}
    return {name: part for name, part in found.items() if isinstance(part, nn.Module)}
