"""Small matrices that trade multiplications for additions, one axis at a time.

**Tiles.** m neighbouring outputs of a window with k taps and stride s depend on
a tile of (m - 1) s + k pixels x. A `Transform` computes them from the kernel w:

    y = write @ (sum over the entries of each point of (weigh @ w) * (read @ x))

*Entries* are multiplied; those of one *point* are added before `write`. Over both
axes of an image, and over channels, that sum of products is a matrix product. What
it costs is the number of entries per output: k of them in `direct`, the plain
product over patches (im2col), and fewer in `winograd`.

**Phases.** With stride 2, even and odd pixels meet different taps: with
z_r[i] = x[2 i + r] for the phases r = 0, 1,

    y[i] = sum_r  z_r[i] w[r] + z_r[i + 1] w[r + 2]

so four taps of stride 2 are two taps of stride 1 over twice as many channels
(space-to-depth), and of three taps two fall to phase 0 and one to phase 1.

**Points.** Two outputs of a 2-tap filter over z0, z1, z2 take four multiplications
as written, and three in Winograd's F(2, 2), one at each of three points:

    m0 = (z0 - z1) w0        m1 = z1 (w0 + w1)        m2 = (z2 - z1) w1
    y0 = m0 + m1             y1 = m1 + m2

A phase of one tap adds z0 w to m0 and z1 w to m2. With both axes nested a tile of
2 x 2 outputs takes 36 products instead of 64 for 4 x 4 taps (9/16), 25 instead of
36 for 3 x 3 taps. All entries are 0 or +-1, so float32 loses no precision.

Winograd, "Arithmetic complexity of computations", 1980; Lavin and Gray, "Fast
algorithms for convolutional neural networks", https://arxiv.org/abs/1509.09308.
"""

from typing import NamedTuple

import jax
import numpy as np

Matrix = tuple[tuple[int, ...], ...]


class Transform(NamedTuple):
    """One axis of a bilinear algorithm for m outputs of a k-tap window.

    Attributes:
        read: [entries, (m - 1) s + k], applied to the pixels of a tile.
        weigh: [entries, k], applied to the taps of the kernel.
        write: [m, points], applied to the sums over entries.
        points: For each point the entries that belong to it.
    """

    read: Matrix
    weigh: Matrix
    write: Matrix
    points: Matrix

    @property
    def outputs(self) -> int:
        """The number m of outputs in a tile."""
        return len(self.write)


def direct(taps: int) -> Transform:
    """One output per tile, one entry per tap: the patches themselves."""
    identity = tuple(tuple(int(i == j) for j in range(taps)) for i in range(taps))
    return Transform(identity, identity, ((1,),), (tuple(range(taps)),))


def winograd(taps: int) -> Transform:
    """F(2, 2) on the phases of a window with stride 2 and 3 or 4 taps.

    Raises:
        ValueError: for another number of taps.
    """
    if taps not in (3, 4):
        raise ValueError(f"Winograd's form is for 3 or 4 taps, not {taps}")
    # Per phase and point: what is read of z0, z1, z2 and weighed of w0, w1.
    two = {0: ((1, -1, 0), (1, 0)), 1: ((0, 1, 0), (1, 1)), 2: ((0, -1, 1), (0, 1))}
    one = {0: ((1, 0, 0), (1, 0)), 2: ((0, 1, 0), (1, 0))}
    read: list[tuple[int, ...]] = []
    weigh: list[tuple[int, ...]] = []
    points: list[tuple[int, ...]] = []
    for point in range(3):
        first = len(read)
        for phase, table in enumerate((two, two if taps == 4 else one)):
            if point in table:
                pixels, weights = table[point]
                read.append(_spaced(pixels, phase, 2 + taps))
                weigh.append(_spaced(weights, phase, taps))
        points.append(tuple(range(first, len(read))))
    write = ((1, 1, 0), (0, 1, 1))
    return Transform(tuple(read), tuple(weigh), write, tuple(points))


def _spaced(values: tuple[int, ...], phase: int, length: int) -> tuple[int, ...]:
    """The values at phase, phase + 2, ...; zero elsewhere."""
    row = np.zeros(length + 2, int)
    row[phase : phase + 2 * len(values) : 2] = values
    return tuple(row[:length].tolist())


def transposed(matrix: Matrix) -> Matrix:
    """The transposed matrix: the adjoint of a map by `combine`."""
    return tuple(zip(*matrix, strict=True))


def combine(matrix: Matrix, arrays: list[jax.Array]) -> list[jax.Array]:
    """The product matrix @ arrays, spelt out as sums and differences of arrays."""
    rows = []
    for row in matrix:
        plus = [a for sign, a in zip(row, arrays, strict=True) if sign == 1]
        minus = [a for sign, a in zip(row, arrays, strict=True) if sign == -1]
        total = sum(plus[1:], start=plus[0])
        rows.append(total - sum(minus[1:], start=minus[0]) if minus else total)
    return rows
