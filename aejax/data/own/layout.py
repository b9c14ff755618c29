"""Which files of a folder are images, of which class and which split."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from aejax.errors import UserError

TRAIN, TEST, VALIDATION = (
    ("train", "training"),
    ("test", "testing"),
    ("val", "valid", "validation"),
)
"""Names of the folders of splits, in small letters."""

# Pillow knows these by name but cannot draw them by itself.
_STUBS = {"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "WMF"}
_PASSED_OVER = {"__MACOSX", "__pycache__"}


class File(NamedTuple):
    """An image file.

    Attributes:
      path: of the file.
      name: the path below the folder of the data set.
      label: of its class; -1 where there are no classes.
      is_test: whether it lies in a folder for the test; None where there are no such
        folders.
      stamp: its size in bytes and its time of change, in nanoseconds.
    """

    path: str
    name: str
    label: int
    is_test: bool | None
    stamp: tuple[int, int]


class Layout(NamedTuple):
    """The image files of a folder.

    Attributes:
      files: sorted by name.
      class_names: sorted; none of images without labels.
      notes: what is not as a user may expect.
    """

    files: list[File]
    class_names: list[str]
    notes: list[str]


class _Found(NamedTuple):
    path: str
    parts: tuple[str, ...]
    stamp: tuple[int, int]


def find(folder: Path) -> Layout:
    """The images of a folder.

    Subfolders are classes; images that lie in the folder itself have none. Where the
    folder has a folder train/, that and test/ (or else val/) are the splits. What is
    hidden, and files of other types, are passed over.

    Raises:
      UserError: there are no images, or the folder cannot be read.
    """
    suffixes, others = readable_suffixes(), Counter[str]()
    found = sorted(_walk(folder, suffixes, others), key=lambda f: f.parts)
    if not found:
        raise UserError(f"{folder} holds no images{_instead(others)}")
    notes: list[str] = []
    top = _unwrapped(found)
    splits = _splits(found, top, notes)
    if splits:
        found = [f for f in found if f.parts[top] in splits]
    depth = top + bool(splits)
    names = _classes(folder, found, depth, notes)
    number = {name: i for i, name in enumerate(names)}
    files = [
        File(
            f.path,
            "/".join(f.parts),
            number[f.parts[depth]] if names else -1,
            splits[f.parts[top]] if splits else None,
            f.stamp,
        )
        for f in found
    ]
    return Layout(files, names, notes)


def readable_suffixes() -> frozenset[str]:
    """Endings of the files that Pillow reads, in small letters, with their dot."""
    Image.init()
    known = Image.registered_extensions().items()
    able = {f for f in Image.OPEN if f not in _STUBS}
    return frozenset(suffix for suffix, kind in known if kind in able)


def _walk(
    folder: Path, suffixes: frozenset[str], others: Counter[str]
) -> Iterator[_Found]:
    """All images below a folder; links are followed, but never in a circle."""
    seen: set[tuple[int, int]] = set()

    def refuse(error: OSError) -> None:
        raise UserError(f"{error.filename} cannot be read: {error.strerror}") from error

    for place, folders, names in os.walk(folder, followlinks=True, onerror=refuse):
        here = os.stat(place)
        if (here.st_dev, here.st_ino) in seen:
            folders.clear()
            continue
        seen.add((here.st_dev, here.st_ino))
        folders[:] = [n for n in folders if n[0] != "." and n not in _PASSED_OVER]
        below = Path(place).relative_to(folder).parts
        for name in names:
            if name[0] == ".":
                continue
            path, suffix = os.path.join(place, name), os.path.splitext(name)[1].lower()
            if suffix in suffixes or (not suffix and _is_image(path)):
                try:
                    stat = os.stat(path)
                except OSError:  # A link to nothing: unreadable, like a damaged file.
                    yield _Found(path, (*below, name), (-1, -1))
                    continue
                yield _Found(path, (*below, name), (stat.st_size, stat.st_mtime_ns))
            else:
                others[suffix or "no ending"] += 1


def _is_image(path: str) -> bool:
    try:
        with Image.open(path):
            return True
    except Exception:  # Pillow raises errors of many types for what is no image.
        return False


def _instead(others: Counter[str]) -> str:
    """What lies there instead of images."""
    if not others:
        return ""
    kinds = ", ".join(f"{count:,} x {kind}" for kind, count in others.most_common(3))
    heic = any(kind in (".heic", ".heif", ".avif", ".cr2", ".nef") for kind in others)
    packed = any(kind in (".zip", ".tar", ".gz", ".tgz", ".7z") for kind in others)
    return (
        f" that Pillow reads, but files of other types ({kinds})"
        f"{'; convert them to JPEG or PNG' * heic}{'; unpack them' * packed}"
    )


def _unwrapped(found: list[_Found]) -> int:
    """How many folders are only a wrapper: photos/photos/{cats,dogs}, from archives."""
    top = 0
    while (
        len({f.parts[top] for f in found}) == 1
        and all(len(f.parts) > top + 2 for f in found)
        and found[0].parts[top].lower() not in (*TRAIN, *TEST)
    ):
        top += 1
    return top


def _splits(found: list[_Found], top: int, notes: list[str]) -> dict[str, bool]:
    """Folders of the splits, for the test or not; none without training images."""
    folders = sorted({f.parts[top] for f in found if len(f.parts) > top + 1})
    train = [n for n in folders if n.lower() in TRAIN]
    if not train:
        return {}
    test = [n for n in folders if n.lower() in TEST]
    if not test:
        test = [n for n in folders if n.lower() in VALIDATION]
        if test:
            notes.append(f"{test[0]}/ is the test set, as there is no test/.")
    chosen = {**dict.fromkeys(train, False), **dict.fromkeys(test, True)}
    left = Counter(f.parts[top] for f in found if f.parts[top] not in chosen)
    if left:
        some = ", ".join(list(left)[:3]) + (", ..." if len(left) > 3 else "")
        notes.append(
            f"{left.total():,} images beside {train[0]}/ are left out ({some})."
        )
    return chosen


def _classes(
    folder: Path, found: list[_Found], depth: int, notes: list[str]
) -> list[str]:
    """Names of the subfolders that hold images; none where images lie beside them."""
    loose = sum(len(f.parts) == depth + 1 for f in found)
    if loose == len(found):
        return []
    if loose:
        notes.append(
            f"Images have no labels: {loose:,} of {len(found):,} do not lie in the "
            f"subfolders of {folder}, which would be their classes."
        )
        return []
    return sorted({f.parts[depth] for f in found})
