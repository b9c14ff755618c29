"""The data of a study of mixtures: pairs of images of two data sets."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from aejax import data as datasets
from aejax.data import mixtures
from aejax.data.mixtures import Pools
from aejax.lab import loading
from aejax.lab.checked import OptionError, option
from aejax.lab.classifier import ClassifierOptions
from aejax.lab.data import Data, described
from aejax.lab.laboratory import Lab
from aejax.lab.run import workdir


@dataclasses.dataclass(frozen=True)
class MixtureOptions(ClassifierOptions):
    """Options of a study of mixtures."""

    mix: str | None = option(
        None,
        "Two data sets, such as mnist+cifar10 (the default), cifar10+cifar10, "
        "mnist+mnist or mnist+fashion_mnist; or paths of your own images, such as "
        "photos+mnist.",
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
    asked, note = source(options)
    mix, form = asked["mix"], loading.form(asked)
    pairing, names = options.pairing, mixtures.names(mix)
    pools, tests = (
        mixtures.load(
            mix, split, options.data_dir, pairing=pairing, size=size, form=form
        )
        for split, size in (("train", options.train_size), ("test", None))
    )
    fixed = {"train": mixtures.pairs(pools), "test": mixtures.pairs(tests)}
    each = [
        datasets.read(name, options.data_dir, form) for name in dict.fromkeys(names)
    ]
    notes = tuple(dict.fromkeys(n for n in (note, *(n for e in each for n in e.notes))))
    facts = {
        "name": "+".join(e.facts["name"] for e in (each[0], each[-1])),
        "class_names": each[0].facts["class_names"],
        "sets": [each[0].facts, each[-1].facts],
    }
    return Mixed(
        facts,
        pools.first,
        fixed["test"].first,
        notes=tuple(n for n in notes if n),
        source=asked,
        names=names,
        pools=pools,
        pairs=fixed,
    )


def source(options: MixtureOptions) -> tuple[dict[str, Any], str]:
    """How data are asked for, and what a user must know; as `loading.source`."""
    own = {n: getattr(options, n) for n in ("mix", "image_size", "channels", "limit")}
    if not own["mix"]:
        before = workdir.continued(options.workdir, options.overwrite)
        if before is not None:
            known = before["environment"].get(loading.SOURCE, {})
            recorded = {"mix": before["dataset"]["name"], **known}
            own = {n: recorded.get(n) if v is None else v for n, v in own.items()}
            note = next((n for n in before["notes"] if loading.REPLACED in n), "")
            return own, note
    chosen = mixtures.resolve(own["mix"] or None, options.data_dir)
    return {**own, "mix": chosen.name}, chosen.note
