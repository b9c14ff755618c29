"""Pairs of images of two data sets, brought to one size: what mixtures are made of.

A mixture is the mean of the two images of a pair. Pairs for training are drawn by key
in each step of the training program, those for a test are fixed.

    pools = mixtures.load("mnist+cifar10", "train")
    test = mixtures.pairs(mixtures.load("mnist+cifar10", "test"))
    fit(members, make, pools.arrays(), held_out=test.arrays(), ...)
"""

import os
from collections.abc import Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from aejax import data
from aejax.batches import Batch
from aejax.data import OPEN, Directory, Form, Images, Resolved, shapes, splits
from aejax.errors import UserError

DEFAULT = "mnist+cifar10"
"""The mixture of a run that names none."""

PAIRINGS = ("any", "by_class")
"""Any image with any other; or one of the lower with one of the upper half of the
classes of one set, so that classes tell which image is the first."""


class Pools(NamedTuple):
    """Where the first images of pairs come from, and the second ones.

    Attributes:
      first: n1 images of one size with those of `second`.
      second: n2 images.
      exchangeable: both are the same images, so nothing says which of a pair is first.
    """

    first: Images
    second: Images
    exchangeable: bool

    def arrays(self) -> dict[str, np.ndarray]:
        """As training takes them: {"first": [n1, h, w, c], "second": [n2, h, w, c]}."""
        return {"first": self.first.images, "second": self.second.images}


def names(mix: str) -> tuple[str, str]:
    """The two data sets of a mixture such as "mnist+cifar10" or "photos+mnist".

    Raises:
      UserError: it is not two sets, names or paths of own images, joined by a plus.
    """
    words = mix.split("+")
    ways = [("+".join(words[:i]), "+".join(words[i:])) for i in range(1, len(words))]
    if not ways or not all(ways[0]):
        raise UserError(f"{mix!r} is not two data sets, such as {DEFAULT}")
    if len(ways) > 1:  # The names of folders may have a plus, too.
        known = [way for way in ways if all(map(_is_known, way))]
        if len(known) != 1:
            raise UserError(f"{mix!r} is not two data sets, such as {DEFAULT}")
        ways = known
    return ways[0]


def _is_known(name: str) -> bool:
    return name in data.NAMES or os.path.exists(os.path.expanduser(name))


def resolve(mix: str | None, data_dir: Directory = None) -> Resolved:
    """The mixture that a run uses, with its data sets prepared.

    Args:
      mix: that the user asked for; None for the default, and bundled sets in place of
        those of its sets that cannot be had.
      data_dir: as in `aejax.data.load`.

    Returns:
      Its name, and a note on what was replaced, "" where nothing.

    Raises:
      UserError: it is no mixture, or what was asked for cannot be had.
    """
    found = [
        data.resolve(None if mix is None else name, data_dir, name)
        for name in names(DEFAULT if mix is None else mix)
    ]
    notes = [each.note for each in found if each.note]
    return Resolved("+".join(each.name for each in found), " ".join(notes))


def load(
    mix: str,
    split: str,
    data_dir: Directory = None,
    *,
    pairing: str = "any",
    size: int | None = None,
    shape: shapes.Shape | None = None,
    form: Form = OPEN,
) -> Pools:
    """The images of a split from which pairs are drawn.

    Args:
      mix: two names, such as "mnist+cifar10".
      split: "train" or "test".
      data_dir: as in `aejax.data.load`.
      pairing: one of `PAIRINGS`.
      size: number of images, as many of each class: of each of two sets, or of the
        one set that all are from. A smaller choice is part of a larger one; None
        takes all.
      shape: (height, width, channels) to which images are brought; of each the larger
        one of the two sets if None.
      form: of the images of each set, before that.

    Raises:
      UserError: it is no mixture, the sets do not suit the pairing, the size or each
        other, or cannot be had.
    """
    if pairing not in PAIRINGS:
        raise UserError(f"pairing {pairing!r} is not one of {', '.join(PAIRINGS)}")
    both = names(mix)
    is_one = both[0] == both[1]
    if pairing == "by_class" and not is_one:
        raise UserError(f"pairing by_class needs one data set twice, not {mix}")
    sets = [_split(name, split, data_dir, form) for name in dict.fromkeys(both)]
    if size is not None:
        sets = [splits.some_of_each_class(images, size) for images in sets]
    shape = shape or shapes.common(*sets)
    sets = [shapes.brought_to(images, shape) for images in sets]
    if pairing == "by_class":
        return Pools(*splits.halves_of_classes(sets[0]), exchangeable=False)
    return Pools(sets[0], sets[-1], exchangeable=is_one)


def _split(name: str, split: str, data_dir: Directory, form: Form) -> Images:
    if form.is_open and data.own_path(name) is None:
        return data.load(name, split, data_dir)
    found = data.read(name, data_dir, form)
    return found.train if split == "train" else found.test


def pairs(pools: Pools, count: int | None = None, seed: int = 0) -> Pools:
    """Fixed pairs at random: the i-th of `first` with the i-th of `second`.

    Every image of the larger pool is in one pair, those of the smaller one in equally
    many, or in one more. Of exchangeable pools each image is in one pair only, as its
    first or its second, so that there are half as many pairs.

    Args:
      pools: from which they are drawn.
      count: how many pairs, the first of all; all of them if None or if there are no
        more.
      seed: of the choice.
    """
    random = np.random.default_rng(seed)
    sizes = [len(pool.images) for pool in (pools.first, pools.second)]
    if pools.exchangeable:
        total = sizes[0] // 2
        order = random.permutation(sizes[0])
        first, second = order[:total], order[total:]
    else:
        total = max(sizes)
        first, second = (
            np.concatenate([random.permutation(n) for _ in range(-(-total // n))])
            for n in sizes
        )
    end = total if count is None else min(count, total)
    return Pools(
        splits.chosen(pools.first, first[:end]),
        splits.chosen(pools.second, second[:end]),
        pools.exchangeable,
    )


def draw(
    arrays: Batch,
    rows: jax.Array,
    key: jax.Array,
    hparams: Mapping[str, jax.Array],
) -> Batch:
    """A batch of pairs, as `Algorithm.draw` has it.

    An epoch sees every first image once, each with any second one: of one set twice a
    pair is now and then an image with itself.

    Args:
      arrays: "first" [n1, h, w, c] and "second" [n2, h, w, c].
      rows: which of "first": int32 [batch].
      key: decides which of "second".
      hparams: of a member; `examples`, if it has that, says how many images of each
        array it may see, the first ones, so that members of one program can differ in
        the size of their training set.

    Returns:
      "first" and "second", [batch, h, w, c].
    """
    second, most = arrays["second"], hparams.get("examples", jnp.inf)
    known, others = (
        jnp.minimum(len(x), most).astype(rows.dtype) for x in (arrays["first"], second)
    )
    partners = jax.random.randint(key, rows.shape, 0, others, rows.dtype)
    return {"first": arrays["first"][rows % known], "second": second[partners]}
