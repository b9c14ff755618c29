"""Members of different size as one program.

A sweep is a list of members. Each is initialised at its own size; then every
leaf is zero-padded to the largest shape of its group and the members are
stacked along a new first axis. With an activation that maps 0 to 0 and linear
latents the padded weights get exactly zero gradients and stay zero under Adam
and AdamW, so a padded member *is* the small model, and `take` gives it back.
Members whose trees have different structure (another depth) cannot be stacked
and form groups of their own, one program each.
"""

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from aejax import keys

Params = Any


@dataclasses.dataclass(frozen=True)
class Member:
    """One configuration of a sweep.

    Attributes:
      name: short and unique, such as "zdim=8,seed=0"; used in logs and paths.
      model: the network at its own size.
      seed: of its initial weights and its noise.
      data_seed: of its batch stream; members with equal ones see equal batches.
      hyper: further scalars of its own: learning rate, loss weights ...
    """

    name: str
    model: nn.Module
    seed: int = 0
    data_seed: int = 0
    hyper: Mapping[str, float] = dataclasses.field(default_factory=dict)


class Group(NamedTuple):
    """Members that run as one program.

    Attributes:
      model: the network at the size to which they are padded.
      members: its members.
      positions: their places in the list that was grouped.
    """

    model: nn.Module
    members: tuple[Member, ...]
    positions: tuple[int, ...]


def shapes(model: nn.Module, example: jax.Array) -> Params:
    """The parameter tree of `model` as shapes, without computing anything."""
    return _shapes(model, example.shape, example.dtype)


@functools.cache
def _shapes(model: nn.Module, shape: tuple[int, ...], dtype: jnp.dtype) -> Params:
    example = jax.ShapeDtypeStruct(shape, dtype)
    return jax.eval_shape(model.init, jax.random.key(0), example)


def _sizes(model: nn.Module) -> dict[str, Any]:
    """The fields in which members of one program may differ."""
    return {name: getattr(model, name) for name in getattr(model, "sizes", ())}


def largest(models: Sequence[nn.Module]) -> nn.Module:
    """The model whose every size is the largest among `models`."""
    sizes = jax.tree.map(lambda *sizes: max(sizes), *map(_sizes, models))
    return dataclasses.replace(models[0], **sizes)


def _kind(model: nn.Module, example: jax.Array) -> tuple:
    """What two members must share to run as one program."""
    nothing = jax.tree.map(lambda _: 0, _sizes(model))
    structure = jax.tree.structure(shapes(model, example))
    return structure, dataclasses.replace(model, **nothing)


def groups(members: Sequence[Member], example: jax.Array) -> list[Group]:
    """Divides members into those that can run as one program each.

    Two members belong together when their models differ only in the fields that
    the model's class names in `sizes`, and their parameter trees have one
    structure.

    Args:
      members: any models, in any order.
      example: images [1, h, w, c] to initialise with.

    Returns:
      Groups in order of their first member.

    Raises:
      ValueError: two members have the same name.
    """
    names = [member.name for member in members]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"members of the same name: {', '.join(sorted(twice))}")
    kinds: dict[tuple, list[int]] = {}
    for position, member in enumerate(members):
        kinds.setdefault(_kind(member.model, example), []).append(position)
    return [make_group(members, positions) for positions in kinds.values()]


def make_group(members: Sequence[Member], positions: Sequence[int]) -> Group:
    """The group of the members at these positions."""
    chosen = tuple(members[i] for i in positions)
    return Group(largest([m.model for m in chosen]), chosen, tuple(positions))


def pad(params: Params, like: Params) -> Params:
    """Zero-pads every leaf at the end of each axis to the shapes of `like`."""

    def leaf(array, target):
        margins = zip(array.shape, target.shape, strict=True)
        return jnp.pad(array, [(0, large - small) for small, large in margins])

    return jax.tree.map(leaf, params, like)


def unpad(params: Params, like: Params) -> Params:
    """Undoes `pad`: cuts every leaf down to the shapes of `like`."""
    return jax.tree.map(
        lambda array, target: array[tuple(map(slice, target.shape))], params, like
    )


def initial(model: nn.Module, seed: jax.Array | int, example: jax.Array) -> Params:
    """The initial parameters of a model at its own size."""
    return model.init(keys.stream(seed, keys.INIT), example)


def stack(group: Group, example: jax.Array) -> Params:
    """Initial parameters of all members, padded and stacked [members, ...].

    Pure; jit it to have the members initialised by one program.
    """
    like = shapes(group.model, example)
    places: dict[nn.Module, list[int]] = {}
    for place, member in enumerate(group.members):
        places.setdefault(member.model, []).append(place)

    def padded(model: nn.Module, seed: jax.Array) -> Params:
        return pad(initial(model, seed, example), like)

    # One traced initialisation per model, however many seeds it has.
    parts = [
        jax.vmap(functools.partial(padded, model))(
            jnp.array([group.members[i].seed for i in chosen], jnp.uint32)
        )
        for model, chosen in places.items()
    ]
    order = np.argsort([i for chosen in places.values() for i in chosen])
    return jax.tree.map(lambda *leaves: jnp.concatenate(leaves)[order], *parts)


def take(stacked: Params, group: Group, index: int, example: jax.Array) -> Params:
    """Member `index` of a group as the ordinary, unpadded tree of its own model."""
    like = shapes(group.members[index].model, example)
    return unpad(jax.tree.map(lambda leaf: leaf[index], stacked), like)


def hypers(group: Group) -> dict[str, jax.Array]:
    """The members' scalars as arrays [members].

    Seeds are uint32 and sizes int32; everything in `Member.hyper` is a float.
    Sizes are there because a stochastic latent needs them: the noise of padded
    coordinates is to be masked with `arange(padded zdim) < zdim`.

    Raises:
      ValueError: members of the group have different entries in `hyper`.
    """
    names = {tuple(sorted(member.hyper)) for member in group.members}
    if len(names) > 1:
        raise ValueError(f"members with different hyperparameters: {sorted(names)}")
    fixed = {"seed": jnp.uint32, "data_seed": jnp.uint32}
    columns = {
        name: jnp.array([getattr(m, name) for m in group.members], dtype)
        for name, dtype in fixed.items()
    }
    for name, size in _sizes(group.model).items():
        if isinstance(size, int):
            values = [getattr(member.model, name) for member in group.members]
            columns[name] = jnp.array(values, jnp.int32)
    for name in names.pop():
        columns[name] = jnp.array([m.hyper[name] for m in group.members], float)
    return columns
