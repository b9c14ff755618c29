"""Sets of TFDS that have no builder here: found where TFDS prepared them.

Some of TFDS's own builders also prepare without TensorFlow; that is tried.
"""

import contextlib
import io
import re
from pathlib import Path

import tensorflow_datasets as tfds

from aejax.data import catalogue
from aejax.data.errors import UnavailableError
from aejax.data.tfds import network, places
from aejax.errors import UserError

_NAME = re.compile(r"[A-Za-z_]\w*(/[\w.+-]+)?(:\d+\.\d+\.\d+)?")


def find(name: str, root: Path) -> Path | None:
    """The folder of a prepared set; None where it is not prepared.

    Args:
      name: as TFDS has it, with a configuration or without, such as "emnist/letters",
        and with a version or the newest: "mnist:3.0.1".
      root: the data directory.

    Raises:
      UserError: it is prepared in several configurations.
    """
    if not _NAME.fullmatch(name):
        return None
    plain, _, version = name.partition(":")
    here = root / plain
    found = _versions(here)
    if not found and "/" not in plain and here.is_dir():
        configs = [each for each in sorted(here.iterdir()) if _versions(each)]
        if len(configs) > 1:
            known = ", ".join(f"{plain}/{each.name}" for each in configs)
            raise UserError(f"{plain} is prepared in several configurations: {known}")
        found = _versions(configs[0]) if configs else []
    if version:
        found = [folder for folder in found if folder.name == version]
    return found[-1] if found else None


def prepared(root: Path) -> dict[str, Path]:
    """Sets in a data directory that are none of `catalogue.NAMES`, with folders."""
    if not root.is_dir():
        return {}
    plain = [each for each in sorted(root.iterdir()) if each.is_dir()]
    both = [*plain, *(c for each in plain for c in sorted(each.iterdir()))]
    found = {str(each.relative_to(root)): _versions(each) for each in both}
    return {n: v[-1] for n, v in found.items() if v and n not in catalogue.NAMES}


def prepare(name: str, root: Path, *, again: bool = False) -> Path:
    """The folder of a set that TFDS prepared, or can prepare without TensorFlow.

    Args:
      name: as in `find`.
      root: the data directory.
      again: prepare it anew where it is prepared.

    Raises:
      UserError: there is no such set, or it cannot be had here.
    """
    found = find(name, root)
    if found is not None and not again:
        return found
    builder = _builder(name, root)
    quiet = contextlib.redirect_stdout(io.StringIO())
    aside = places.replaced(found) if found else contextlib.nullcontext()
    try:
        with aside, quiet, network.few_retries():
            builder.download_and_prepare(file_format="array_record")
    except UserError:
        raise
    except Exception as error:  # TFDS's builders raise what they like.
        raise _unavailable(name, root, error) from error
    return Path(builder.data_dir)


def _versions(folder: Path) -> list[Path]:
    """Prepared versions of a set, increasing."""
    if not folder.is_dir():
        return []
    versions = [each for each in folder.iterdir() if places.is_version(each.name)]
    prepared = [each for each in versions if places.is_prepared(each)]
    return sorted(prepared, key=lambda each: [int(n) for n in each.name.split(".")])


def _builder(name: str, root: Path) -> tfds.core.DatasetBuilder:
    if not _NAME.fullmatch(name):
        raise _unknown(name, root)
    try:
        return tfds.builder(name, data_dir=root)
    except tfds.core.DatasetNotFoundError as error:
        raise _unknown(name, root) from error
    except Exception as error:
        raise _unavailable(name, root, error) from error


def _unknown(name: str, root: Path) -> UserError:
    return UserError(
        f"Unknown data set {name!r}: there is no such file or folder, and no set of "
        f"that name is prepared in {root}. {catalogue.hint(name)}"
    )


def _unavailable(name: str, root: Path, error: Exception) -> UnavailableError:
    words = network.reason(error).partition(". ")[0]
    if isinstance(error, ImportError) or "tensorflow" in words.lower():
        words = f"TFDS can only prepare it with {getattr(error, 'name', '') or words}"
    return UnavailableError(
        f"{name} is not prepared in {root}, and cannot be prepared here: {words}. "
        f"Where TFDS and TensorFlow are installed, `tfds build {name}` prepares it; "
        "aejax reads what that writes, from data_dir or TFDS_DATA_DIR."
    )
