"""The data of a run: those of its options, or of the run that is to be continued."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from aejax import data as datasets
from aejax.data import DataSet, Form, Images, room, splits
from aejax.errors import UserError
from aejax.lab.checked import OptionError
from aejax.lab.data import Data
from aejax.lab.options import Options
from aejax.lab.run import workdir

REPLACED = "instead. Ask for"
"""In the note on a data set that stands for another one."""

SOURCE = "data source"
"""In the recorded environment: how the data were asked for."""


def load(options: Options, default: str, hold_out: int = 0) -> Data:
    """The data set of the options, or of the run that is to be continued.

    Args:
      options: of the study.
      default: the data set where none is asked for.
      hold_out: one training image of so many is held out for validation; 0 for none.

    Raises:
      UserError: the data cannot be had, are too few, or do not fit into memory.
    """
    asked, note = source(options, default)
    found = datasets.read(
        asked["dataset"], options.data_dir, form(asked), room.IN_A_STUDY
    )
    found = occurring(found)
    if datasets.own_path(asked["dataset"]) is not None:
        # Files are sorted by class; studies take the first so many of a shuffled set.
        mixed = [mixed_up(split) for split in (found.train, found.test)]
        found = found._replace(train=mixed[0], test=mixed[1])
    notes = tuple(n for n in (note, *found.notes) if n)
    train, validation = found.train, None
    if hold_out:
        if len(train.images) < hold_out:
            raise UserError(
                f"{found.facts['name']} has {len(train.images)} training images; this "
                f"study holds one of {hold_out} out and needs more"
            )
        train, validation = splits.held_out(train, hold_out)
    return Data(found.facts, train, found.test, validation, notes, asked)


def source(options: Options, default: str) -> tuple[dict[str, Any], str]:
    """How data are asked for, and what a user must know of the choice.

    What the options leave open is as in the run that the workdir holds, if any.
    """
    own = {
        n: getattr(options, n) for n in ("dataset", "image_size", "channels", "limit")
    }
    before = None
    if own["dataset"] is None:
        before = workdir.continued(options.workdir, options.overwrite)
    if before is not None:
        known = before["environment"].get(SOURCE, {})
        recorded = {"dataset": before["dataset"]["name"], **known}
        own = {n: recorded.get(n) if v is None else v for n, v in own.items()}
        note = next((n for n in before["notes"] if REPLACED in n), "")
        return own, note
    chosen = datasets.resolve(own["dataset"], options.data_dir, default)
    return {**own, "dataset": chosen.name}, chosen.note


def form(asked: Mapping[str, Any]) -> Form:
    """Of images that are asked for as `source` says."""
    return Form(*(asked[n] for n in ("image_size", "channels", "limit")))


def occurring(found: DataSet) -> DataSet:
    """Without the classes that no image has."""
    names = list(found.facts["class_names"])
    if not found.train.has_labels or not names:
        return found
    both = np.concatenate([split.labels for split in (found.train, found.test)])
    known = np.unique(both)
    if len(known) == len(names):
        return found
    train, test = (
        Images(s.images, np.searchsorted(known, s.labels).astype(np.int32))
        for s in (found.train, found.test)
    )
    facts = {**found.facts, "class_names": [names[i] for i in known]}
    note = f"{len(names) - len(known)} of {len(names)} classes have no images here."
    return DataSet(train, test, facts, (*found.notes, note))


def mixed_up(images: Images) -> Images:
    """In another order, always the same one."""
    order = np.random.default_rng(0).permutation(len(images.images))
    return splits.chosen(images, order)


def check_size(options: Options, data: Data) -> None:
    """Rejects a batch that has more images than there are.

    Raises:
      OptionError: it has.
    """
    examples = len(data.train.images)
    if options.batch_size > examples:
        raise OptionError(
            "batch_size", options.batch_size, f"there are {examples:,} training images"
        )
