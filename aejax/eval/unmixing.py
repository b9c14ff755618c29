"""Quality of unmixed images, and answers that need no network to compare it with.

Parts are what a model takes the two images of a mixture for, originals what they were:
both [n, 2, h, w, c] in [0, 1].
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aejax.eval import image
from aejax.images import check, unit

OUTPUTS = ("first", "second")

Measure = Callable[[NDArray, NDArray], NDArray[np.float64]]
"""Images and reconstructions [n, h, w, c] to one figure per image [n]."""


def rule(is_invariant: bool) -> str:
    """How parts are assigned to originals, in words."""
    if is_invariant:
        return "each pair's outputs in the order that is nearer to its originals"
    return "outputs in the order in which the originals are given"


class Quality(NamedTuple):
    """Of each output, in the order of the originals that they are compared with.

    Attributes:
      mse: squared error per pixel and channel [n, 2].
      psnr: of each image, in dB [n, 2]; inf where an output is the original.
      ssim: [n, 2], in [-1, 1]; empty [n, 0] where it was not asked for.
      swapped: bool [n], whether the second part is compared with the first original.
    """

    mse: NDArray[np.float64]
    psnr: NDArray[np.float64]
    ssim: NDArray[np.float64]
    swapped: NDArray[np.bool_]

    def scalars(self) -> dict[str, float]:
        """Means over the images, of each output and of both.

        `psnr` is the mean of the images' own; `psnr_of_mse` that of the mean error, as
        published figures are; it is never the larger one of the two (Jensen).
        """
        found: dict[str, float] = {"swapped": float(self.swapped.mean())}
        for name, values in self._asdict().items():
            if name == "swapped" or not values.size:
                continue
            found[name] = float(values.mean())
            for place, output in enumerate(OUTPUTS):
                found[f"{name}_{output}"] = float(values[:, place].mean())
        for suffix in ("", *(f"_{output}" for output in OUTPUTS)):
            with np.errstate(divide="ignore"):
                found[f"psnr_of_mse{suffix}"] = float(
                    -10 * np.log10(found[f"mse{suffix}"])
                )
        return found


def quality(
    parts: NDArray, originals: NDArray, *, is_invariant: bool, with_ssim: bool = True
) -> Quality:
    """MSE, PSNR and SSIM of each output.

    Args:
      parts: [n, 2, h, w, c] in [0, 1].
      originals: [n, 2, h, w, c], uint8 or in [0, 1].
      is_invariant: each example's parts are assigned in the order of the smaller sum of
        errors, the given one where both are equal; else in the given one.
      with_ssim: it takes by far the longest of all.

    Raises:
      ValueError: shapes differ, or images are too small for SSIM.
    """
    check(originals)
    shown, true = np.asarray(parts), np.asarray(unit(originals))

    def each(measure: Measure, shown: NDArray) -> NDArray[np.float64]:
        return np.stack([measure(true[:, i], shown[:, i]) for i in (0, 1)], 1)

    given, turned = (each(image.mse, a).sum(1) for a in (shown, shown[:, ::-1]))
    swapped = (turned < given) & is_invariant
    shown = np.where(swapped[:, None, None, None, None], shown[:, ::-1], shown)
    ssim = each(image.ssim, shown) if with_ssim else np.zeros((len(shown), 0))
    return Quality(each(image.mse, shown), each(image.psnr, shown), ssim, swapped)


class Moments(NamedTuple):
    """What is known of a set of images without looking at a mixture.

    Attributes:
      mean: image [h, w, c].
      variance: of each pixel [h, w, c].
    """

    mean: NDArray[np.float64]
    variance: NDArray[np.float64]


def moments(images: NDArray[np.uint8]) -> Moments:
    """Of training images uint8 [n, h, w, c]; a few at a time."""
    total, squares = (np.zeros(images.shape[1:]) for _ in range(2))
    for block in np.array_split(images, -(-len(images) // 1000)):
        values = block / 255
        total += values.sum(0)
        squares += np.square(values).sum(0)
    mean = total / len(images)
    return Moments(mean, np.maximum(squares / len(images) - mean**2, 0))


def mixture_twice(mixtures: NDArray) -> NDArray:
    """The mixture as the answer for both: [n, h, w, c] to [n, 2, h, w, c].

    The squared error of either is a quarter of that between the two originals.
    """
    return np.stack([mixtures, mixtures], 1)


def mean_images(mixtures: NDArray, known: Sequence[Moments]) -> NDArray:
    """The mean image of each set as the answer, whatever the mixture."""
    means = np.stack([m.mean for m in known]).astype(mixtures.dtype)
    return np.broadcast_to(means, (len(mixtures), *means.shape))


def is_grey(images: NDArray) -> bool:
    """Whether all channels of images [n, h, w, c] are equal."""
    return bool((images == images[..., :1]).all())


def consistent(
    mixtures: NDArray,
    known: Sequence[Moments],
    *,
    grey: int | None = None,
    weighted: bool = False,
) -> NDArray:
    """What follows from the mixture and the sets' mean images, without learning.

    Of all pairs of images in [0, 1] whose mean is the mixture the one that is nearest
    to the sets' mean images, in least squares: what is left of the mixture once both
    means are taken out is given to both in equal parts, as far as both stay in [0, 1].

    Where one set is grey, x, and the other has colours, y, the three channels of the
    mixture determine all but one of the four numbers of a pixel: grey cancels in
    differences of channels, y_r - y_g = 2 (m_r - m_g), so the chroma of the mixture is
    the coloured image's, and only its lightness is shared with the grey one. The
    nearest pair is then sought among those whose one image is grey.

    Args:
      mixtures: [n, h, w, c] in [0, 1].
      known: moments of the first set and of the second one.
      grey: 0 or 1, which set is grey in images of several channels; None for neither.
      weighted: squares are divided by the variance of the set at that pixel (mean over
        channels), so that a pixel that is always black stays black.

    Returns:
      Parts [n, 2, h, w, c].
    """
    if grey == 1:
        turned = consistent(mixtures, known[::-1], grey=0, weighted=weighted)
        return turned[:, ::-1]
    low, high = np.maximum(2 * mixtures - 1, 0), np.minimum(2 * mixtures, 1)
    first = known[0].mean + _fraction(known, weighted) * (
        2 * mixtures - known[0].mean - known[1].mean
    )
    if grey == 0:
        first = first.mean(-1, keepdims=True)
        low, high = low.max(-1, keepdims=True), high.min(-1, keepdims=True)
    first = np.broadcast_to(np.clip(first, low, high), mixtures.shape)
    return np.stack([first, 2 * mixtures - first], 1).astype(mixtures.dtype)


def _fraction(known: Sequence[Moments], weighted: bool) -> NDArray[np.float64]:
    """Which part of the rest [h, w, 1] the first image gets."""
    first, second = (m.variance.mean(-1, keepdims=True) for m in known)
    if not weighted:
        return np.full_like(first, 0.5)
    # Where both never vary their means are the answer, and nothing is left.
    half, total = np.full_like(first, 0.5), first + second
    return np.divide(first, total, where=total > 0, out=half)
