"""An image cut into patches, and the matrix of tokens that it becomes."""

import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from aejax.ops.tokens import tokens
from aejax.report.style import COLOURS, new_figure, picture, settle, styled


@styled()
def patches(image: NDArray, patch: int) -> Figure:
    """The image with its patches numbered row by row, and a row for each of them.

    Args:
      image: [h, w] in [0, 1].
      patch: edge of a patch, a divisor of h and w.
    """
    figure = new_figure(7.0, 2.7)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.9))
    (height, width), colour = image.shape, COLOURS[4]
    picture(left, image, f"image, patches of {patch}×{patch} pixels")
    for edges, line in ((height, left.axhline), (width, left.axvline)):
        for edge in range(0, edges + 1, patch):
            line(edge - 0.5, color=colour, lw=1)
    across = width // patch
    for i in range(height // patch * across):
        row, column = divmod(i, across)
        place = (column * patch + 0.1, row * patch + 0.3)
        left.text(*place, str(i + 1), color=colour, fontsize=8, va="top")
    matrix = np.asarray(tokens(jnp.asarray(image)[None, ..., None], patch)[0])
    picture(right, matrix, "what is fed: a token per row", cmap="gray", vmin=0, vmax=1)
    right.set(
        xlabel=f"the {patch * patch} pixels of a patch, row by row",
        yticks=range(len(matrix)),
        aspect="auto",
    )
    right.set_yticklabels(map(str, range(1, 1 + len(matrix))), fontsize=7)
    return settle(figure)
