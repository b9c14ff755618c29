"""Convolution and transposed convolution of images, by the fastest method."""

from typing import Literal, get_args

import jax
from jax import lax

from aejax.ops import bilinear
from aejax.ops.patches import Window, conv_window, transpose_window
from aejax.ops.tiles import Axis, Tiles
from aejax.ops.transforms import direct, winograd

MethodName = Literal["auto", "gemm", "gemm_autodiff", "winograd", "native"]
_AXES = ("NHWC", "HWIO", "NHWC")


def conv(
    image: jax.Array,
    kernel: jax.Array,
    bias: jax.Array | None,
    strides: tuple[int, int],
    method: MethodName = "auto",
) -> jax.Array:
    """`lax.conv_general_dilated` with "SAME" padding, and a bias.

    Args:
        image: [n, h, w, c].
        kernel: [rows, cols, c, o] (HWIO).
        bias: [o], or None.
        strides: Steps along height and width.
        method: How to compute it; see `choose`.

    Returns:
        [n, ceil(h / strides[0]), ceil(w / strides[1]), o].

    Raises:
        ValueError: for a method that is unknown or does not fit.
    """
    rows, cols = map(conv_window, image.shape[1:3], kernel.shape[:2], strides)
    tiles = choose(method, rows, cols, min(kernel.shape[2:]))
    if tiles is None:
        result = lax.conv_general_dilated(
            image, kernel, strides, "SAME", dimension_numbers=_AXES
        )
        return result if bias is None else result + bias.reshape(1, 1, 1, -1)
    rules = bilinear.AUTODIFF if method == "gemm_autodiff" else bilinear.BY_HAND
    result = rules.correlate(tiles, _swap(image), kernel)
    return _swap(result if bias is None else rules.add_bias(result, bias))


def conv_transpose(
    image: jax.Array,
    kernel: jax.Array,
    bias: jax.Array | None,
    strides: tuple[int, int],
    method: MethodName = "auto",
) -> jax.Array:
    """`lax.conv_transpose` with "SAME" padding, and a bias.

    Args:
        image: [n, h, w, c].
        kernel: [rows, cols, c, o] (HWIO).
        bias: [o], or None.
        strides: Factors along height and width.
        method: How to compute it; see `choose`.

    Returns:
        [n, strides[0] * h, strides[1] * w, o].

    Raises:
        ValueError: for a method that is unknown or does not fit.
    """
    rows, cols = map(transpose_window, image.shape[1:3], kernel.shape[:2], strides)
    tiles = choose(method, rows, cols, min(kernel.shape[2:]))
    if tiles is None:
        result = lax.conv_transpose(
            image, kernel, strides, "SAME", dimension_numbers=_AXES
        )
        return result if bias is None else result + bias.reshape(1, 1, 1, -1)
    # lax.conv_transpose counts taps backwards, and its input is our output.
    mirrored = kernel[::-1, ::-1].swapaxes(2, 3)
    rules = bilinear.AUTODIFF if method == "gemm_autodiff" else bilinear.BY_HAND
    result = rules.spread(tiles, _swap(image), mirrored)
    return _swap(result if bias is None else rules.add_bias(result, bias))


def choose(
    method: MethodName, rows: Window, cols: Window, channels: int
) -> Tiles | None:
    """How to compute a convolution: the only place where that is decided.

    - "gemm": one matrix product over patches, for every size, kernel and stride.
    - "winograd": fewer multiplications, for stride 2 with 3 or 4 taps and an even
      number of positions along both axes.
    - "gemm_autodiff": the products of "gemm", differentiated by JAX itself: forward
      mode (`jax.jvp`, `jax.jacfwd`, `jax.hessian`) works, and reverse mode is slower.
    - "native": XLA's own convolution; forward mode works, too.
    - "auto": on a CPU "winograd" for 4 x 4 taps, else "gemm". On other platforms
      "gemm", whose products become batched ones under vmap: on an H100 a step of 32
      autoencoders of width 16, batch 128, takes 2.6 ms by "gemm" and 19 by "native",
      of one alone 0.27 and 1.1.

    Args:
        method: One of these names.
        rows: The window along the height.
        cols: The window along the width.
        channels: The smaller one of the numbers of channels in and out.

    Returns:
        The transforms and windows, or None for the native convolution.

    Raises:
        ValueError: for a method that is unknown or does not fit.
    """
    if method not in get_args(MethodName):
        raise ValueError(f"method={method!r} is not one of {get_args(MethodName)}")
    if method == "native":
        return None
    fits = _fits_winograd(rows) and _fits_winograd(cols)
    if method == "winograd" and not fits:
        raise ValueError(
            "method='winograd' needs stride 2, kernels of 3 or 4 and a large image "
            f"divisible by 4, not {rows} and {cols}; use method='auto' or 'gemm'"
        )
    if method == "winograd" or (method == "auto" and fits and _pays(rows, channels)):
        return Tiles(*(Axis(axis, winograd(axis.taps)) for axis in (rows, cols)))
    return Tiles(*(Axis(axis, direct(axis.taps)) for axis in (rows, cols)))


def _fits_winograd(window: Window) -> bool:
    return window.stride == 2 and window.taps in (3, 4) and window.size % 4 == 0


def _pays(window: Window, channels: int) -> bool:
    # 2-core CPU, processor time per step of the reference model (32x32 images,
    # 128 of them, 32/64/128 channels): gemm 72 ms, winograd on the 4x4 layers 60,
    # on the 3x3 layers as well 58 to 60, not worth its longer compilation. With
    # few channels the additions cost more than the multiplications that they save;
    # where exactly that begins has not been measured.
    return jax.default_backend() == "cpu" and window.taps == 4 and channels >= 16


def _swap(image: jax.Array) -> jax.Array:
    """[n, h, w, c] to [c, h, w, n] and back.

    Between two layers the two swaps, and what is elementwise between them, cost
    nothing: XLA chooses layouts in which they are no copies.
    """
    return image.transpose(3, 1, 2, 0)
