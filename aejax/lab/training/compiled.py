"""Programs that were compiled before are found again: the compilation cache."""

import hashlib
import shutil
import warnings
from contextlib import suppress
from pathlib import Path

import jax
import jaxlib

from aejax import caches
from aejax.lab.training import machine

MOST_BYTES = 1 << 30
"""Of one folder; JAX removes what was not used for the longest time."""

MOST_FOLDERS = 3
"""Of processors and versions; the one that was not used for the longest time goes."""


def keep() -> None:
    """Has JAX keep compiled programs, unless the user chose where, or not to.

    What was compiled on another processor, or by another version, is never loaded.

    Raises:
      UserError: the cache that the environment names cannot be.
    """
    # Neither a cache that cannot be written nor a damaged entry is of any consequence.
    warnings.filterwarnings("ignore", "Error (reading|writing) persistent compilation")
    if jax.config.values["jax_compilation_cache_dir"] is not None:
        return
    root = caches.root()
    if root is None:
        return
    place = root / "compiled"
    folder = place / key()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".used").touch()
    except OSError:
        return
    _forget(place)
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_compilation_cache_max_size", MOST_BYTES)


def key(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Name of the folder of this processor and this version of the compiler."""
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    # What the first core can do; its clock changes all the time.
    wanted = ("model name", "flags", "features", "cpu part", "cpu implementer")
    first = text.partition("\n\n")[0].splitlines()
    known = [line for line in first if line.lower().startswith(wanted)]
    features = hashlib.sha256("\n".join([machine.processor(cpuinfo), *known]).encode())
    return f"jaxlib-{jaxlib.version.__version__}-{features.hexdigest()[:12]}"


def _forget(place: Path) -> None:
    with suppress(OSError):
        folders = [one for one in place.iterdir() if (one / ".used").exists()]
        folders.sort(key=lambda one: (one / ".used").stat().st_mtime, reverse=True)
        for old in folders[MOST_FOLDERS:]:
            shutil.rmtree(old, ignore_errors=True)
