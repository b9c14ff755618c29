"""What a judge was trained on: facts that lie beside it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE = "facts.json"

# What learns from the first set sees the test images of the second one, too.
_CONTAINED = (("mnist", "mnist_5k"),)

Facts = Mapping[str, Any]


def facts(folder: str | Path) -> Facts:
    """What is known of the training of a judge; nothing of a foreign one."""
    try:
        found = json.loads((Path(folder) / FILE).read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def has_seen(known: Facts, name: str) -> bool:
    """Whether the test images of data set `name` were among its training images."""
    return (known.get("dataset"), name) in _CONTAINED


def words(known: Facts, folder: str | Path) -> str:
    """What it was trained on, for reports."""
    try:
        return (
            f"trained on {known['train_examples']:,} images of {known['dataset']} "
            f"({known['test_accuracy']:.2%} of its {known['test_examples']:,} test "
            "images right)"
        )
    except (ValueError, LookupError, TypeError):
        return f"from {folder}"
