"""The names of the data sets, known without TFDS."""

import difflib

from aejax.errors import UserError

BUNDLED = ("mnist_5k", "photo_patches")
"""Those that come with a dependency and need no download."""

EMNIST = ("balanced", "byclass", "bymerge", "digits", "letters", "mnist")
"""Configurations of EMNIST."""

NAMES = (
    "mnist",
    "fashion_mnist",
    "cifar10",
    "kmnist",
    "svhn_cropped",
    *(f"emnist/{config}" for config in EMNIST),
    *BUNDLED,
)
"""All that can be prepared here; any other set of TFDS is read where it is prepared."""

DEFAULT = "mnist"
"""The set of a run that names none."""

STAND_INS = {
    "mnist": "mnist_5k",
    "fashion_mnist": "mnist_5k",
    "cifar10": "photo_patches",
}
"""What replaces a set that nobody asked for by name, where it cannot be had."""

CONTENTS = {
    "mnist_5k": "4,000 + 1,000 of MNIST's digits",
    "photo_patches": "4,000 + 1,000 patches of two photographs",
}
"""What the bundled sets are."""


def hint(name: str) -> str:
    """Which known name may be meant, and all of them."""
    close = difflib.get_close_matches(name.replace("-", "_").lower(), NAMES, n=1)
    guess = f"Did you mean {close[0]}? " if close else ""
    return f"{guess}Known: {', '.join(NAMES)}."


def check(name: str) -> None:
    """Accepts the name of a known data set.

    Raises:
      UserError: for any other name; it lists the names and guesses the one meant.
    """
    if name not in NAMES:
        raise UserError(f"Unknown data set {name!r}. {hint(name)}")
