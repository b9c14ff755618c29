"""What a reader sees of a study: figures, tables and one self-contained HTML."""

import contextlib
import importlib
import os
import sys

from aejax import caches


def _import_matplotlib() -> None:
    """Imports it, whatever backend the environment names.

    A notebook hands its own down to processes whose environment may not have it; no
    figure here needs one.
    """
    root = None if caches.has_home() else caches.root()
    if root is not None:
        # Otherwise it warns of that, and looks for all fonts anew in every process.
        os.environ.setdefault("MPLCONFIGDIR", str(root / "matplotlib"))
    with contextlib.suppress(ValueError):
        importlib.import_module("matplotlib")
        return
    for name in [m for m in sys.modules if m.partition(".")[0] == "matplotlib"]:
        del sys.modules[name]
    named = os.environ.pop("MPLBACKEND")
    try:
        importlib.import_module("matplotlib")
    finally:
        os.environ["MPLBACKEND"] = named


_import_matplotlib()
