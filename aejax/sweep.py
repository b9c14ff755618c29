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
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from aejax import batches, keys, train
from aejax.algorithm import Batch, Maker, Params
from aejax.padding import largest, pad, sizes, unpad, verify_padding, with_sizes

__all__ = [
    "Group",
    "Member",
    "groups",
    "hparams",
    "largest",
    "make_group",
    "pad",
    "sizes",
    "stack",
    "take",
    "unpad",
    "verify_padding",
]


@dataclasses.dataclass(frozen=True)
class Member:
    """One configuration of a sweep.

    Attributes:
      name: short and unique, such as "zdim=8,seed=0"; used in logs and paths.
      model: the network at its own size.
      seed: of its initial weights and its noise.
      data_seed: of its batch stream; members with equal ones see equal batches.
      hparams: further scalars of its own: learning rate, loss weights ...
    """

    name: str
    model: nn.Module
    seed: int = 0
    data_seed: int = 0
    hparams: Mapping[str, float] = dataclasses.field(default_factory=dict)


class Group(NamedTuple):
    """Members that run as one program.

    Attributes:
      model: the network at the size to which they are padded.
      members: its members.
      positions: their places in the list that was grouped.
      own: shapes of each member's `train.Progress` at its own size.
      padded: shapes of that of the padded model.
    """

    model: nn.Module
    members: tuple[Member, ...]
    positions: tuple[int, ...]
    own: tuple[train.Progress, ...]
    padded: train.Progress


def hparams(members: Sequence[Member]) -> dict[str, jax.Array]:
    """The scalars of members of one group as arrays [members].

    Seeds are uint32 and sizes int32; everything in `Member.hparams` is a float.
    Sizes are there because a stochastic latent needs them: the noise of padded
    coordinates is to be masked with `arange(padded zdim) < zdim`.
    """
    fixed = {"seed": jnp.uint32, "data_seed": jnp.uint32}
    columns = {
        name: jnp.array([getattr(m, name) for m in members], dtype)
        for name, dtype in fixed.items()
    }
    for name, size in sizes(members[0].model).items():
        if isinstance(size, int):
            values = [sizes(member.model)[name] for member in members]
            columns[name.rpartition(".")[2]] = jnp.array(values, jnp.int32)
    for name in members[0].hparams:
        columns[name] = jnp.array([m.hparams[name] for m in members], float)
    return columns


def _start(
    algorithm: Maker, model: nn.Module, example: Batch, own: dict[str, jax.Array]
) -> train.Progress:
    """The progress of one member, at the size of `model`, before its first step.

    `example` is the first row of each training array, its batch what is drawn of that.
    """
    key = keys.stream(own["seed"], keys.INIT)
    made = algorithm(model)
    return train.start(key, batches.beginning(made.draw, example, 1), own, made)


def _shapes(
    algorithm: Maker, model: nn.Module, member: Member, example: Batch
) -> train.Progress:
    own = jax.tree.map(lambda a: a[0], hparams([member]))
    try:
        return jax.eval_shape(partial(_start, algorithm, model), example, own)
    except KeyError as error:
        raise ValueError(
            f"the algorithm needs {error} in the hparams of member {member.name!r}, "
            f"which has {', '.join(own)}"
        ) from error


def groups(members: Sequence[Member], algorithm: Maker, example: Batch) -> list[Group]:
    """Divides members into those that can run as one program each.

    Two members belong together when their models differ only in their sizes, their
    states have one structure, and their hparams have the same names.

    Args:
      members: any models, in any order.
      algorithm: of a model.
      example: the first row [1, ...] of each training array, to initialise with.

    Returns:
      Groups in order of their first member.

    Raises:
      ValueError: two members have the same name, there is none, or one lacks a scalar
        that the algorithm's initial state needs.
    """
    names = [member.name for member in members]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"members of the same name: {', '.join(sorted(twice))}")
    if not names:
        raise ValueError("a sweep needs at least one member")
    shapes = _all_shapes(members, algorithm, example)
    kinds: dict[tuple, list[int]] = {}
    for position, member in enumerate(members):
        nothing = jax.tree.map(lambda _: 0, sizes(member.model))
        structure = jax.tree.structure(shapes[_kind(member)])
        kind = with_sizes(member.model, nothing)
        key = (structure, kind, tuple(sorted(member.hparams)))
        kinds.setdefault(key, []).append(position)
    return [
        _group(members, positions, algorithm, example, shapes)
        for positions in kinds.values()
    ]


def make_group(
    members: Sequence[Member],
    positions: Sequence[int],
    algorithm: Maker,
    example: Batch,
) -> Group:
    """The group of the members at these positions."""
    shapes = _all_shapes([members[i] for i in positions], algorithm, example)
    return _group(members, positions, algorithm, example, shapes)


def _group(
    members: Sequence[Member],
    positions: Sequence[int],
    algorithm: Maker,
    example: Batch,
    shapes: Mapping[tuple, train.Progress],
) -> Group:
    chosen = tuple(members[i] for i in positions)
    model = largest([m.model for m in chosen])
    like = dataclasses.replace(chosen[0], model=model)
    padded = shapes.get(_kind(like)) or _shapes(algorithm, model, like, example)
    own = tuple(shapes[_kind(m)] for m in chosen)
    return Group(model, chosen, tuple(positions), own, padded)


def _kind(member: Member) -> tuple:
    """On what the shapes of a member's state depend."""
    return member.model, tuple(sorted(member.hparams))


def _all_shapes(
    members: Sequence[Member], algorithm: Maker, example: Batch
) -> dict[tuple, train.Progress]:
    """The shapes of each kind of member: tracing a network once takes long enough."""
    firsts = {_kind(member): member for member in reversed(members)}
    return {
        kind: _shapes(algorithm, member.model, member, example)
        for kind, member in firsts.items()
    }


def stack(group: Group, algorithm: Maker, example: Batch) -> train.Progress:
    """All members before their first step, padded and stacked [members, ...].

    Pure; jit it to have the members initialised by one program.
    """
    places: dict[nn.Module, list[int]] = {}
    for place, member in enumerate(group.members):
        places.setdefault(member.model, []).append(place)

    def padded(model: nn.Module, own: dict[str, jax.Array]) -> train.Progress:
        return pad(_start(algorithm, model, example, own), group.padded)

    # One traced initialisation per model, however many seeds it has.
    parts = [
        jax.vmap(partial(padded, model))(hparams([group.members[i] for i in chosen]))
        for model, chosen in places.items()
    ]
    together = jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *parts)
    order = np.argsort([i for chosen in places.values() for i in chosen])
    if (np.diff(order) == 1).all():
        return together
    return jax.tree.map(lambda leaf: leaf[order], together)


def take(stacked: Params, group: Group, index: int, algorithm: Maker) -> Params:
    """The parameters of member `index` as the unpadded tree of its own model."""
    own = jax.eval_shape(
        algorithm(group.members[index].model).params, group.own[index].state
    )
    return unpad(jax.tree.map(lambda leaf: leaf[index], stacked), own)
