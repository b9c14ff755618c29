"""Images that a command writes."""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aejax.errors import UserError
from aejax.lab.run.files import write_atomically


def check(out: str, example: str) -> None:
    """Looks at the name of a file before anything is made.

    Raises:
      UserError: it is no name of a PNG file.
    """
    path = Path(out)
    if path.suffix.lower() != ".png":
        raise UserError(f"--out={out}: give the name of a PNG file, such as {example}")
    if path.is_dir():
        raise UserError(f"--out={out} is a folder; give the name of a file")


def write(out: str, page: NDArray[np.uint8]) -> Path:
    """Writes an image as a PNG file, whole or not at all.

    Args:
      out: name of the file.
      page: [h, w] of grey levels, or [h, w, 3].

    Raises:
      UserError: it cannot be written there.
    """
    content = io.BytesIO()
    Image.fromarray(page).save(content, format="png")
    try:
        return write_atomically(Path(out), content.getvalue())
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"--out={out} cannot be written: {reason}") from error
