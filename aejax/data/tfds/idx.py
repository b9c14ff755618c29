"""Original files of the MNIST family: idx format, checked by their content.

The check looks at the unpacked bytes, so files that somebody packed again (as
Debian's `dataset-fashion-mnist` does) pass, and damaged ones do not.
"""

import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from aejax.data.tfds.unpacking import md5, unpacked
from aejax.errors import UserError

# Of each split: images, labels.
STEMS = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
ALL_STEMS = tuple(stem for pair in STEMS.values() for stem in pair)

# MD5 of the unpacked files, in the order of ALL_STEMS.
MNIST_MD5 = dict(
    zip(
        ALL_STEMS,
        (
            "6bbc9ace898e44ae57da46a324031adb",
            "a25bea736e30d166cdddb491f175f624",
            "2646ac647ad5339dbf082846283269ea",
            "27ae3e4e09519cfbb04c329615203637",
        ),
        strict=True,
    )
)
FASHION_MNIST_MD5 = dict(
    zip(
        ALL_STEMS,
        (
            "f4a8712d7a061bf5bd6d2ca38dc4d50a",
            "9018921c3c673c538a1fc5bad174d6f9",
            "8181f5470baa50b63fa0f6fddb340f0a",
            "15d484375f8d13e6eb1aabb0c3f46965",
        ),
        strict=True,
    )
)


def locate(folder: Path, stems: Sequence[str] = ALL_STEMS) -> dict[str, Path]:
    """The four files in `folder`, by stem.

    Each may be gzipped or not, and may be spelled `train-images.idx3-ubyte`.

    Raises:
      UserError: if one is not there.
    """
    found = {stem: first_existing(folder, stem) for stem in stems}
    missing = [stem for stem, path in found.items() if path is None]
    if missing:
        raise UserError(f"{folder} lacks {', '.join(missing)} (gzipped or not).")
    return {stem: path for stem, path in found.items() if path is not None}


def from_npz(path: Path, digests: Mapping[str, str]) -> dict[str, np.ndarray]:
    """Arrays of a `mnist.npz` as Keras has it, compared with `digests` like files.

    Args:
      path: of the file.
      digests: MD5 of the unpacked content of each idx file, by stem.

    Raises:
      UserError: it is damaged, or has other content.
    """
    names = ("x_train", "y_train", "x_test", "y_test")
    try:
        with np.load(path) as kept:
            found = dict(zip(ALL_STEMS, (kept[n] for n in names), strict=True))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(
            f"{path} is damaged, or does not hold {', '.join(names)}: {error}"
        ) from error
    arrays = {stem: np.asarray(a).astype(np.uint8) for stem, a in found.items()}
    for stem, array in arrays.items():
        if md5(_header(array) + array.tobytes()) != digests[stem]:
            raise UserError(f"{path} is not the original: {stem} has other content.")
    return arrays


def read_any(paths: Mapping[str, Path]) -> dict[str, np.ndarray]:
    """As `read`, of files whose digests are not known: their structure is checked.

    Args:
      paths: of images, labels, images, labels, by stem.

    Raises:
      UserError: naming a file that is damaged.
    """
    arrays = {}
    for stem, path in paths.items():
        try:
            arrays[stem] = parse(unpacked(path))
        except (ValueError, struct.error) as error:
            raise UserError(f"{path} is damaged: {error}.") from error
    stems = list(paths)
    for images, labels in (stems[:2], stems[2:]):
        if arrays[images].ndim != 3 or arrays[labels].shape != arrays[images].shape[:1]:
            raise UserError(
                f"{paths[images]} has {arrays[images].shape} and {paths[labels]} "
                f"{arrays[labels].shape} entries: they do not belong together."
            )
    return arrays


def read(
    paths: Mapping[str, Path], digests: Mapping[str, str]
) -> dict[str, np.ndarray]:
    """Reads the four files and compares their content with `digests`.

    Args:
      paths: path of each file, by stem.
      digests: MD5 of the unpacked content of each file, by stem.

    Returns:
      By stem, uint8 arrays: images [n, height, width] and labels [n].

    Raises:
      UserError: naming every file that is damaged or not the original.
    """
    arrays, bad = {}, []
    for stem, path in paths.items():
        try:
            arrays[stem] = _checked(path, digests[stem])
        except UserError as error:
            bad.append(str(error))
    if bad:
        raise UserError(" ".join(bad))
    return arrays


def parse(content: bytes) -> np.ndarray:
    """An idx file's bytes as a uint8 array of the shape that its header gives.

    Raises:
      ValueError: if the bytes are no idx file of unsigned bytes.
    """
    if content[:3] != b"\0\0\x08":
        raise ValueError("not an idx file of unsigned bytes")
    rank = content[3]
    shape = struct.unpack_from(f">{rank}I", content, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * rank).reshape(shape)


def _header(array: np.ndarray) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)


def first_existing(folder: Path, stem: str) -> Path | None:
    """A file of that stem, gzipped or not, in one of two spellings."""
    spellings = (stem, stem.replace("-idx", ".idx"))
    candidates = (folder / (s + end) for s in spellings for end in ("", ".gz"))
    return next((path for path in candidates if path.is_file()), None)


def _checked(path: Path, digest: str) -> np.ndarray:
    content = unpacked(path)
    if md5(content) != digest:
        raise UserError(
            f"{path} is damaged or not the original file: its unpacked content has "
            f"MD5 {md5(content)} instead of {digest}."
        )
    return parse(content)
