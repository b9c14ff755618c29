"""What a sliding window reads along one axis of an image, and the adjoint.

A window of `taps` taps that moves by `stride` reads

    pixel = stride * position + tap - low            (zero outside the image)

`read_axis` gives what every tap reads at every position; `fold_axis` is its
adjoint and adds what the taps hold back onto the pixels. A convolution is a
product over what was read, a transposed convolution a product and a fold.
Images are [c, h, w, b]: with the batch as the minor axis every slice and every
sum runs over contiguous memory, however small the image is.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax


class Window(NamedTuple):
    """One axis of a sliding window over an image.

    Attributes:
        size: Pixels of the image along this axis.
        taps: Length of the kernel.
        stride: Step from one position to the next.
        low: Zeros before the first pixel, as the window sees it.
    """

    size: int
    taps: int
    stride: int
    low: int

    @property
    def positions(self) -> int:
        """Number of places where the window is applied."""
        return -(-self.size // self.stride)

    @property
    def high(self) -> int:
        """Zeros after the last pixel; negative where pixels stay unread."""
        read = (self.positions - 1) * self.stride + self.taps
        return read - self.low - self.size

    def joined(self, positions: int) -> "Window":
        """The window that sees what so many neighbouring positions see."""
        taps = (positions - 1) * self.stride + self.taps
        return self._replace(taps=taps, stride=positions * self.stride)


def conv_window(size: int, taps: int, stride: int) -> Window:
    """The window of a "SAME" convolution over an image of `size` pixels."""
    positions = -(-size // stride)
    padding = max((positions - 1) * stride + taps - size, 0)
    return Window(size, taps, stride, padding // 2)


def transpose_window(positions: int, taps: int, stride: int) -> Window:
    """The window whose adjoint is `lax.conv_transpose` with "SAME" padding.

    The image that it makes has stride * positions pixels. Taps count in the
    window's direction, which is the reverse of `lax.conv_transpose`'s.
    """
    before = taps - 1 if stride > taps - 1 else -(-(taps + stride - 2) // 2)
    return Window(stride * positions, taps, stride, taps - 1 - before)


def pad(image: jax.Array, rows: Window, cols: Window) -> jax.Array:
    """[c, h, w, b] with the zeros that the windows see around it."""
    config = [(0, 0, 0), (rows.low, rows.high, 0), (cols.low, cols.high, 0), (0, 0, 0)]
    return lax.pad(image, jnp.zeros((), image.dtype), config)


def read_axis(padded: jax.Array, window: Window, axis: int) -> list[jax.Array]:
    """For each tap, what it reads at all positions of a padded image."""
    return [
        strided(padded, axis, tap, window.positions, window.stride)
        for tap in range(window.taps)
    ]


def fold_axis(taps: list[jax.Array], window: Window, axis: int) -> jax.Array:
    """The adjoint of `pad` and `read_axis`: adds every tap to the pixel it read.

    Pixels of equal phase (pixel modulo stride) are met by the same taps, so each
    phase is a sum of shifted taps and nothing is scattered.
    """
    phases = []
    for phase in range(window.stride):
        offset = phase + window.low
        total = jnp.zeros_like(taps[0])
        for tap in range(offset % window.stride, window.taps, window.stride):
            total += _shift(taps[tap], (tap - offset) // window.stride, axis)
        phases.append(total)
    return interleave(phases, axis, window.size)


def interleave(phases: list[jax.Array], axis: int, size: int) -> jax.Array:
    """Put phases together: result[len(phases) * m + p] = phases[p][m]."""
    shape = list(phases[0].shape)
    shape[axis] *= len(phases)
    joined = jnp.stack(phases, axis + 1).reshape(shape)
    return lax.slice_in_dim(joined, 0, size, axis=axis)


def strided(
    array: jax.Array, axis: int, start: int, count: int, stride: int
) -> jax.Array:
    """`count` entries along `axis`, from `start`, `stride` apart."""
    stop = start + (count - 1) * stride + 1
    return lax.slice_in_dim(array, start, stop, stride, axis)


def _shift(array: jax.Array, by: int, axis: int) -> jax.Array:
    """result[m] = array[m - by] along `axis`, zero from outside."""
    config = [(0, 0, 0)] * array.ndim
    config[axis] = (by, -by, 0)
    return lax.pad(array, jnp.zeros((), array.dtype), config)
