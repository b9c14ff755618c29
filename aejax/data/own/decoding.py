"""Many images decoded at once, in parallel; what cannot be read is found and named."""

import hashlib
import io
import logging
import os
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from PIL import Image
from tqdm import tqdm

from aejax.data import room
from aejax.data.form import Form
from aejax.data.own import pixels
from aejax.errors import UserError

log = logging.getLogger("aejax")

UNREADABLE = 0.01
"""The greatest fraction of images that may be skipped because they cannot be read."""

LARGE, USUAL = 128, 64
"""Images with a longer side than the first get the second, unless a size is asked."""

_NAMED = 20
_BLOCK = 16


class Item(NamedTuple):
    """An image to be decoded.

    Attributes:
      name: in messages.
      open: gives its bytes as a file.
    """

    name: str
    open: Callable[[], BinaryIO]


class Decoded(NamedTuple):
    """Images that could be read.

    Attributes:
      images: uint8 [n, h, w, c].
      rows: int [n], which of the items they are, increasing.
      digests: uint64 [n], of the content of each file.
      notes: what was resized, made grey or skipped.
    """

    images: np.ndarray
    rows: np.ndarray
    digests: np.ndarray
    notes: list[str]


def decode(items: Sequence[Item], form: Form, copies: int, where: str) -> Decoded:
    """All images, in one size and number of channels.

    Without a size that is asked for, images of one size keep it, unless they are large;
    others are brought to a square. Without channels they are grey only if all are.

    Args:
      items: at least one.
      form: that is asked for; its limit is no matter here.
      copies: for how many copies of the bytes there must be room.
      where: the images are, for messages.

    Raises:
      UserError: too many cannot be read, or memory is too small.
    """
    # Pillow warns of harmless oddities of single files, and not which.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        heads = _in_parallel(_header, items, None, f"looking at {where}")
        bad = {i: head for i, head in enumerate(heads) if isinstance(head, str)}
        check_readable(bad, items, where)
        shape, notes = common_shape([h for h in heads if not isinstance(h, str)], form)
        good = [i for i in range(len(items)) if i not in bad]
        room.check(len(good), shape, copies, where)
        images = np.empty((len(good), *shape), np.uint8)
        digests = np.empty(len(good), np.uint64)

        def fill(place: int) -> str | None:
            found = _decoded(items[good[place]], shape)
            if isinstance(found, str):
                return found
            images[place], digests[place] = found
            return None

        said = _in_parallel(fill, range(len(good)), None, f"decoding {where}")
    bad |= {good[place]: s for place, s in enumerate(said) if s is not None}
    notes += check_readable(bad, items, where)
    keep = np.array([s is None for s in said])
    rows = np.array(good)
    if not keep.all():
        images, rows, digests = images[keep], rows[keep], digests[keep]
    return Decoded(images, rows, digests, notes)


def check_readable(bad: dict[int, str], items: Sequence[Item], where: str) -> list[str]:
    """A note that names what is skipped.

    Raises:
      UserError: it is too much.
    """
    if not bad:
        return []
    worst = sorted(bad)[: 3 if len(bad) > UNREADABLE * len(items) else _NAMED]
    named = "; ".join(f"{items[i].name} ({bad[i]})" for i in worst)
    named += "; ..." if len(bad) > len(worst) else ""
    count = f"{len(bad):,} of {len(items):,} image files"
    if len(bad) > UNREADABLE * len(items):
        raise UserError(
            f"{where}: {count} cannot be read, more than {UNREADABLE:.0%}: {named}. "
            "Repair or remove them"
        )
    return [f"{count} cannot be read and are skipped: {named}."]


def _header(item: Item) -> pixels.Header | str:
    try:
        with item.open() as file:
            return pixels.header(file)
    except Exception as error:  # Damaged images raise errors of many types.
        return reason(error)


def _decoded(item: Item, shape: pixels.Shape) -> tuple[np.ndarray, np.uint64] | str:
    try:
        with item.open() as file:
            content = file.read()
        return pixels.decoded(io.BytesIO(content), shape), digest(content)
    except Exception as error:
        return reason(error)


def digest(content: Any) -> np.uint64:
    """Of the bytes of an image."""
    return np.uint64(
        int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big")
    )


def reason(error: Exception) -> str:
    """Why an image cannot be read, in a few words."""
    if isinstance(error, Image.UnidentifiedImageError):
        return "no image"
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return words.partition("\n")[0][:120]


def _in_parallel(
    do: Callable[[Any], Any], things: Sequence[Any], result: Any, title: str
) -> list[Any]:
    """`do` of each thing; Pillow decodes without Python's lock, so threads do."""
    found = [result] * len(things)

    def some(start: int) -> int:
        end = min(start + _BLOCK, len(things))
        for i in range(start, end):
            found[i] = do(things[i])
        return end - start

    pool = ThreadPoolExecutor(os.cpu_count())
    # No bar where there is no terminal.
    bar = tqdm(total=len(things), desc=title, unit="image", disable=None, leave=False)
    try:
        with bar:
            for count in pool.map(some, range(0, len(things), _BLOCK)):
                bar.update(count)
    finally:
        pool.shutdown(cancel_futures=True)
    return found


def common_shape(
    heads: Sequence[pixels.Header], form: Form
) -> tuple[pixels.Shape, list[str]]:
    """The shape that all images get, and what a user must know of it."""
    sizes = Counter((h.height, h.width) for h in heads)
    height, width = next(iter(sizes))
    are_grey = sum(h.is_grey for h in heads)
    channels = form.channels or (1 if are_grey == len(heads) else 3)
    if len(sizes) > 1:
        short = int(np.median([min(h.height, h.width) for h in heads]))
        height = width = min(USUAL, short)
    target = size(height, width, form)
    return (*target, channels), shape_notes(
        sizes, target, channels, are_grey, is_asked=form.image_size is not None
    )


def size(height: int, width: int, form: Form) -> tuple[int, int]:
    """The height and width that images of one size get."""
    if form.image_size is not None:
        return form.image_size, form.image_size
    if max(height, width) <= LARGE:
        return height, width
    short = min(USUAL, height, width)
    return short, short


def shape_notes(
    sizes: Counter[tuple[int, int]],
    target: tuple[int, int],
    channels: int,
    are_grey: int,
    *,
    is_asked: bool,
) -> list[str]:
    """What happens to images of these sizes (height, width), in sentences."""
    notes, count = [], sizes.total()
    changed = count - sizes[target]
    if changed:
        each = next(iter(sizes))
        lows, highs = (tuple(map(end, zip(*sizes, strict=True))) for end in (min, max))
        from_size = (
            f"{each[0]} x {each[1]}"
            if len(sizes) == 1
            else f"{lows[0]} x {lows[1]} to {highs[0]} x {highs[1]}"
        )
        asked = "" if is_asked else "; image_size gives another size"
        notes.append(
            f"{changed:,} of {count:,} images are resized and centre-cropped from "
            f"{from_size} to {target[0]} x {target[1]} pixels{asked}."
        )
    if channels == 1 and are_grey < count:
        notes.append(f"{count - are_grey:,} colour images are made grey.")
    if channels == 3 and are_grey > 0:
        notes.append(
            f"{are_grey:,} of {count:,} images are grey, spread to 3 channels."
        )
    return notes
