"""Makes a data set prepared: from the network, from files, or from a dependency."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests
import tensorflow_datasets as tfds
from absl import logging
from tensorflow_datasets.core.download import DownloadError
from tensorflow_datasets.core.download.download_manager import NonMatchingChecksumError
from tensorflow_datasets.core.utils import tqdm_utils

from aejax import paths
from aejax.data import catalogue
from aejax.data.errors import UnavailableError
from aejax.data.tfds import foreign, network, places, sets
from aejax.errors import UserError


def prepare(
    name: str,
    data_dir: str | os.PathLike[str] | None = None,
    source: str | os.PathLike[str] | None = None,
    *,
    again: bool = False,
) -> Path:
    """Prepares a data set where needed: see `aejax.data.prepare`, which calls this."""
    root = places.data_root(data_dir)
    if name not in catalogue.NAMES:
        return foreign.prepare(name, root, again=again)
    known = sets.find(name)
    folder = known.folder(root)
    if again:
        with places.replaced(folder):
            return _prepared(known, root, source)
    return folder if places.is_prepared(folder) else _prepared(known, root, source)


def _prepared(
    known: sets.DataSet, root: Path, source: str | os.PathLike[str] | None
) -> Path:
    if known.is_bundled:
        if source is not None:
            raise UserError(f"{known.name} is bundled: it needs no original files.")
        return _prepare_bundled(known, root)
    builder = known.make(root, source=None if source is None else _existing(source))
    try:
        if source is None:
            network.require_reachable(builder.urls().values())
        return write(builder)
    except UnavailableError as error:
        raise UnavailableError(f"{error}. {_ways(known.name, root)}") from error


def _prepare_bundled(known: sets.DataSet, root: Path) -> Path:
    with _no_progress_bar():
        try:
            return write(known.make(root))
        except UnavailableError as error:
            folder = known.folder(places.scratch_root())
            if places.is_prepared(folder):
                return folder
            logging.warning("%s; using a temporary directory", error)
            return write(known.make(places.scratch_root()))


@contextlib.contextmanager
def _no_progress_bar() -> Iterator[None]:
    before = tqdm_utils._active
    tfds.disable_progress_bar()
    try:
        yield
    finally:
        tfds.display_progress_bar(before)


def write(builder: Any) -> Path:
    """Has a builder prepare its set; the folder.

    Raises:
      UserError: it cannot be downloaded, or not be written.
    """
    folder = Path(builder.data_dir)
    try:
        with network.few_retries():
            builder.download_and_prepare(file_format="array_record")
    except (requests.RequestException, DownloadError) as error:
        raise UnavailableError(
            f"{builder.name} cannot be downloaded: {network.reason(error)}"
        ) from error
    except NonMatchingChecksumError as error:
        raise UnavailableError(
            f"{builder.name}: what was downloaded is not the original data"
        ) from error
    except OSError as error:
        # Another process may have been first: then its result is as good as ours.
        if not places.is_prepared(folder):
            raise UnavailableError(f"{folder} cannot be written: {error}") from error
    if not places.is_prepared(folder):
        raise UserError(
            f"{folder} exists but holds no complete data set: remove it, or "
            f"{places.again(folder)}"
        )
    return folder


def _existing(source: str | os.PathLike[str]) -> Path:
    path = paths.local(os.fspath(source))
    if not path.exists():
        raise UserError(f"{path} does not exist: no original files are there.")
    return path


def _ways(name: str, root: Path) -> str:
    return (
        f"{name} is not prepared in {root}. Ways to get it: a network connection; "
        "a data directory where TFDS prepared it, given or named by TFDS_DATA_DIR; "
        f'its original files in a folder, with `aejax.data.prepare("{name}", '
        "source=FOLDER)` (in a shell, `python -m aejax.data` says how); or a bundled "
        "set instead, such as mnist_5k, or your own images by their folder."
    )
