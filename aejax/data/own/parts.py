"""Which images are for the test, where nothing says so, and which a limit takes."""

import hashlib
from collections.abc import Sequence

import numpy as np

from aejax.errors import UserError

TEST_PART = 5
"""One image of so many is for the test."""

SPLIT = (
    f"One image of {TEST_PART} is for the test, chosen by its content: more images do "
    "not change the split of these."
)


def by_content(digests: np.ndarray) -> np.ndarray:
    """Whether each image is for the test, bool [n]: equal images are on one side.

    Args:
      digests: uint64 [n], of the content of the images.
    """
    return digests % np.uint64(TEST_PART) == 0


def limited(names: Sequence[str], limit: int | None) -> list[int]:
    """Places of so many things, chosen by their names, in their order.

    A smaller choice is part of a larger one, and further things change it little.
    """
    if limit is None or limit >= len(names):
        return list(range(len(names)))

    def rank(place: int) -> bytes:
        return hashlib.blake2b(names[place].encode(errors="replace")).digest()

    return sorted(sorted(range(len(names)), key=rank)[:limit])


def check(is_test: np.ndarray, where: str) -> None:
    """Accepts a division with images on both sides.

    Raises:
      UserError: one side is empty.
    """
    tests, count = int(is_test.sum()), len(is_test)
    if 0 < tests < count:
        return
    empty = "training" if tests else "test"
    raise UserError(
        f"{where}: of {count:,} images none is a {empty} image; bring more images, or "
        "divide them yourself into folders train/ and test/ (arrays: x_train, x_test)"
    )
