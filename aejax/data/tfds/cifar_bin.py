"""Original files of CIFAR-10: the binary version, as a folder or as the archive.

The version for Python (`cifar_py`) is taken, too.

Six files of records, each a label byte and 3 x 32 x 32 bytes of colour planes
(https://www.cs.toronto.edu/~kriz/cifar.html).
"""

import tarfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from aejax.data.tfds.unpacking import md5, unpacked
from aejax.errors import UserError

CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
FOLDER = "cifar-10-batches-bin"
ARCHIVE = "cifar-10-binary.tar.gz"
FILES = {
    "train": tuple(f"data_batch_{i}.bin" for i in range(1, 6)),
    "test": ("test_batch.bin",),
}
ALL_FILES = FILES["train"] + FILES["test"]
RECORDS = 10_000
_RECORD = 1 + 3 * 32 * 32

ORIGINAL_MD5 = dict(
    zip(
        ALL_FILES,
        (
            "5dd7e06a14cb22eb9f671a540d1b7c25",
            "5ea93a67294ea407fff1d09f752e9692",
            "942cd6a4bcdd0dd3c604fbe906cb4421",
            "ae636b3ba5c66a11e91e8cb52e771fcb",
            "53f37980c15c3d472c316c40844f3f0d",
            "803d5f7f4d78ea53de84dbe85f74fb6d",
        ),
        strict=True,
    )
)


def read(source: Path) -> dict[str, bytes]:
    """The six files' bytes, by name.

    Args:
      source: the folder `cifar-10-batches-bin` or `cifar-10-batches-py`, a folder that
        holds one of them or its `.tar.gz`, or the archive itself.

    Raises:
      UserError: if files are missing or cannot be unpacked.
    """
    from aejax.data.tfds import cifar_py

    if source.is_file():
        is_python = "python" in source.name or _holds_pickles(source)
        return cifar_py.from_archive(source) if is_python else _from_archive(source)
    for folder in (source / FOLDER, source):
        if (folder / ALL_FILES[0]).is_file():
            return _from_folder(folder)
    for folder in (source / cifar_py.FOLDER, source):
        if (folder / next(iter(cifar_py.NAMES))).is_file():
            return cifar_py.from_folder(folder)
    if (source / ARCHIVE).is_file():
        return _from_archive(source / ARCHIVE)
    if (source / cifar_py.ARCHIVE).is_file():
        return cifar_py.from_archive(source / cifar_py.ARCHIVE)
    raise UserError(
        f"{source} holds none of {FOLDER}/, {ARCHIVE}, {cifar_py.FOLDER}/ and "
        f"{cifar_py.ARCHIVE}."
    )


def _holds_pickles(archive: Path) -> bool:
    from aejax.data.tfds import cifar_py

    try:
        with tarfile.open(archive) as packed:
            return any(Path(m.name).name in cifar_py.NAMES for m in packed)
    except (OSError, EOFError, zlib.error, tarfile.TarError):
        return False


def check(files: Mapping[str, bytes], records: int = RECORDS) -> bool:
    """Checks the content of the files.

    Args:
      files: the six files' bytes, by name.
      records: how many records each file must hold.

    Returns:
      Whether the content is the original, byte for byte. Where it is not (a
      re-creation), the structure at least is right: sizes, labels, balance.

    Raises:
      UserError: naming every file that is damaged.
    """
    changed = [name for name in ALL_FILES if md5(files[name]) != ORIGINAL_MD5[name]]
    if changed and len(changed) < len(ALL_FILES):
        raise UserError(
            f"damaged: {', '.join(changed)} differ from the original files, while the "
            "others are the originals."
        )
    problems = list(_structural_problems(files, records)) if changed else []
    if problems:
        raise UserError(" ".join(problems))
    return not changed


def images_and_labels(
    files: Mapping[str, bytes], split: str
) -> tuple[np.ndarray, np.ndarray]:
    """A split's uint8 images [n, 32, 32, 3] and uint8 labels [n], in file order."""
    rows = np.concatenate([_rows(files[name]) for name in FILES[split]])
    return rows[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), rows[:, 0]


def _rows(content: bytes) -> np.ndarray:
    return np.frombuffer(content, np.uint8).reshape(-1, _RECORD)


def _structural_problems(files: Mapping[str, bytes], records: int) -> Iterator[str]:
    expected = records * _RECORD
    sound = {name for name, content in files.items() if len(content) == expected}
    for name in ALL_FILES:
        if name not in sound:
            yield f"{name} is damaged: {len(files[name]):,} bytes, not {expected:,}."
        elif (_rows(files[name])[:, 0] >= len(CLASSES)).any():
            yield f"{name} is damaged: labels beyond {len(CLASSES) - 1}."
    for names in FILES.values():
        if sound.issuperset(names):
            labels = np.concatenate([_rows(files[name])[:, 0] for name in names])
            counts = np.bincount(labels, minlength=len(CLASSES))
            if (counts != len(labels) // len(CLASSES)).any():
                yield (
                    f"{', '.join(names)}: damaged or not CIFAR-10, as the classes have "
                    f"{counts.tolist()} images."
                )


def _from_folder(folder: Path) -> dict[str, bytes]:
    missing = [name for name in ALL_FILES if not (folder / name).is_file()]
    if missing:
        raise UserError(f"{folder} lacks {', '.join(missing)}.")
    return {name: unpacked(folder / name) for name in ALL_FILES}


def _from_archive(path: Path) -> dict[str, bytes]:
    files = {}
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                name = Path(member.name).name
                content = archive.extractfile(member) if name in ALL_FILES else None
                if content is not None:
                    files[name] = content.read()
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise UserError(f"{path} is damaged or unreadable: {error}") from error
    missing = [name for name in ALL_FILES if name not in files]
    if missing:
        raise UserError(f"{path} is damaged: it lacks {', '.join(missing)}.")
    return files
