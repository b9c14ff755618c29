"""The data of a study of mixtures: pairs of images of two data sets."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from aejax import data as datasets
from aejax.data import mixtures
from aejax.data.mixtures import Pools
from aejax.lab import workdir
from aejax.lab.classifier import ClassifierOptions
from aejax.lab.data import Data, described
from aejax.lab.laboratory import Lab
from aejax.lab.options import OptionError, option


@dataclasses.dataclass(frozen=True)
class MixtureOptions(ClassifierOptions):
    """Options of a study of mixtures."""

    mix: str | None = option(
        None,
        "Two data sets, such as mnist+cifar10 (the default), cifar10+cifar10, "
        "mnist+mnist or mnist+fashion_mnist.",
    )
    pairing: str = option(
        "any",
        "Any two images; or, of one set twice, one of the lower and one of the upper "
        "half of the classes.",
        choices=mixtures.PAIRINGS,
    )
    train_size: int | None = option(
        None,
        "Training images of each set, as many of each class; all if not given.",
        minimum=2,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mixed(Data):
    """Two data sets, of which the first is `train` and `test`.

    Attributes:
      names: of both data sets.
      pools: from which training pairs are drawn.
      pairs: fixed pairs of each split, "train" and "test".
    """

    names: tuple[str, str]
    pools: Pools
    pairs: Mapping[str, Pools]

    def content(self) -> dict[str, Any]:
        """Type, shape and CRC-32 of every array, by which a run knows its data."""
        second = {
            "second train": self.pools.second,
            "second test": self.pairs["test"].second,
        }
        return {**super().content(), **described(second)}

    def originals(self, split: str, count: int) -> np.ndarray:
        """The first fixed pairs: uint8 [n, 2, h, w, c]."""
        found = self.pairs[split]
        return np.stack([x.images[:count] for x in (found.first, found.second)], 1)

    def held_out_pairs(self, count: int) -> dict[str, jax.Array]:
        """The first test pairs, as an evaluation on the way takes them."""
        found = self.pairs["test"].arrays()
        return {name: jnp.asarray(x[:count]) for name, x in found.items()}


def of(lab: Lab) -> Mixed:
    """The data of a study of mixtures."""
    if not isinstance(lab.data, Mixed):
        raise TypeError("this study has no mixtures; its source is mixtures.load")
    return lab.data


def load(options: MixtureOptions) -> Mixed:
    """The data of the options, or of the run that is to be continued.

    Raises:
      UserError: it is no mixture, or the sets do not suit the options.
    """
    if options.dataset is not None:
        raise OptionError("dataset", options.dataset, "name both sets, by mix")
    mix, note = options.mix or "", ""
    if not mix and options.workdir is not None and not options.overwrite:
        before = workdir.configuration(Path(options.workdir))
        if before is not None:
            mix, note = before["dataset"]["name"], " ".join(before["notes"])
    if not note:
        mix, note = mixtures.resolve(mix or None, options.data_dir)
    pairing = options.pairing
    pools, tests = (
        mixtures.load(mix, split, options.data_dir, pairing=pairing, size=size)
        for split, size in (("train", options.train_size), ("test", None))
    )
    fixed = {"train": mixtures.pairs(pools), "test": mixtures.pairs(tests)}
    names = mixtures.names(mix)
    facts = {
        "name": mix,
        "class_names": datasets.describe(names[0], options.data_dir)["class_names"],
        "sets": [datasets.describe(name, options.data_dir) for name in names],
    }
    return Mixed(
        facts,
        pools.first,
        fixed["test"].first,
        notes=(note,) if note else (),
        names=names,
        pools=pools,
        pairs=fixed,
    )
