"""Original files of CIFAR-10: the version for Python, as a folder or as the archive.

Six pickles, each with 10,000 labels and rows of 3 x 32 x 32 bytes of colour planes
(https://www.cs.toronto.edu/~kriz/cifar.html): the records of the binary version.
"""

import io
import pickle
import tarfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from aejax.data.tfds import cifar_bin
from aejax.errors import UserError

FOLDER = "cifar-10-batches-py"
ARCHIVE = "cifar-10-python.tar.gz"
NAMES = {name.removesuffix(".bin"): name for name in cifar_bin.ALL_FILES}
"""Of the six files, with those of the binary version."""

_CREATE: Mapping[str, Callable[..., Any]] = {
    "_reconstruct": np._core.multiarray._reconstruct,  # type: ignore[attr-defined]
    "_frombuffer": np._core.numeric._frombuffer,  # type: ignore[attr-defined]
    "ndarray": np.ndarray,
    "dtype": np.dtype,
}


def from_folder(folder: Path) -> dict[str, bytes]:
    """The six files as those of the binary version.

    Raises:
      UserError: files are missing or damaged.
    """
    missing = [name for name in NAMES if not (folder / name).is_file()]
    if missing:
        raise UserError(f"{folder} lacks {', '.join(missing)}.")
    return {
        binary: records((folder / name).read_bytes(), folder / name)
        for name, binary in NAMES.items()
    }


def from_archive(path: Path) -> dict[str, bytes]:
    """The six files in the archive, as those of the binary version.

    Raises:
      UserError: files are missing or damaged.
    """
    found = {}
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                name = Path(member.name).name
                content = archive.extractfile(member) if name in NAMES else None
                if content is not None:
                    found[NAMES[name]] = records(content.read(), path / name)
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise UserError(f"{path} is damaged or unreadable: {error}") from error
    missing = [name for name, binary in NAMES.items() if binary not in found]
    if missing:
        raise UserError(f"{path} is damaged: it lacks {', '.join(missing)}.")
    return found


def records(content: bytes, path: Path) -> bytes:
    """A pickle's labels and rows, as bytes of the binary version.

    Raises:
      UserError: it is damaged.
    """
    try:
        found = _Unpickler(io.BytesIO(content), encoding="bytes").load()
        known = {k.decode() if isinstance(k, bytes) else k: v for k, v in found.items()}
        rows = np.asarray(known["data"])
        labels = np.asarray(known["labels"])
        if rows.dtype != np.uint8 or rows.shape != (len(labels), 3072):
            raise ValueError(f"rows are {rows.dtype} {rows.shape}")
        return np.concatenate([labels.astype(np.uint8)[:, None], rows], 1).tobytes()
    except Exception as error:  # Damaged pickles raise errors of many types.
        raise UserError(f"{path} is damaged: {error}") from error


class _Unpickler(pickle.Unpickler):
    """Makes arrays and plain values, and calls nothing else that a file names."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "_codecs" and name == "encode":
            return super().find_class(module, name)
        if module.split(".")[0] == "numpy" and name in _CREATE:
            return _CREATE[name]
        raise pickle.UnpicklingError(f"it names {module}.{name}")
