"""Images as sequences of tokens, as attention takes them, and back."""

import jax


def tokens(images: jax.Array, patch: int = 1) -> jax.Array:
    """Cuts images into patches, row by row: a token is the pixels of a patch.

    Args:
      images: [n, h, w, c].
      patch: edge of a patch; 1 makes a token of every pixel.

    Returns:
      [n, (h / patch) (w / patch), patch patch c].

    Raises:
      ValueError: the patches do not fill the image.
    """
    n, h, w, c = images.shape
    if patch < 1 or h % patch or w % patch:
        raise ValueError(f"patches of {patch} do not fill images of {h} x {w}")
    rows, columns = h // patch, w // patch
    cut = images.reshape(n, rows, patch, columns, patch, c)
    return cut.transpose(0, 1, 3, 2, 4, 5).reshape(n, rows * columns, -1)


def untokens(sequence: jax.Array, grid: tuple[int, int], patch: int = 1) -> jax.Array:
    """Puts images together again: [n, rows columns, patch patch c] to [n, h, w, c].

    Args:
      sequence: as `tokens` gives it.
      grid: (rows, columns) of patches.
      patch: edge of a patch.

    Raises:
      ValueError: the shape does not fit.
    """
    n, count, length = sequence.shape
    rows, columns = grid
    if count != rows * columns or length % patch**2:
        raise ValueError(f"{sequence.shape} is no grid {grid} of patches of {patch}")
    cut = sequence.reshape(n, rows, columns, patch, patch, -1)
    return cut.transpose(0, 1, 3, 2, 4, 5).reshape(n, rows * patch, columns * patch, -1)
