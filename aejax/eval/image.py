"""Quality of reconstructed images, one figure per image."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from skimage.metrics import structural_similarity

from aejax import images as im

# Gaussian window of Wang et al.: sigma 1.5, cut at 3.5 sigma: 11 x 11 pixels.
_SSIM_SIGMA = 1.5
SSIM_SIDE = 11
"""The least height and width of images for SSIM."""


def mse(images: ArrayLike, reconstructions: ArrayLike) -> NDArray[np.float64]:
    """Mean squared error per pixel and channel of each image.

    Args:
      images: [n, ...] images in [0, 1].
      reconstructions: [n, ...] of the same shape.

    Returns:
      float64 [n].

    Raises:
      ValueError: if the shapes differ or the images are integers.
    """
    x, y = _pair(images, reconstructions)
    return np.mean((x - y).reshape(len(x), math.prod(x.shape[1:])) ** 2, axis=1)


def psnr(images: ArrayLike, reconstructions: ArrayLike) -> NDArray[np.float64]:
    """Peak signal-to-noise ratio of each image: -10 log10(MSE), in dB, peak 1.

    Args:
      images: [n, ...] images in [0, 1].
      reconstructions: [n, ...] of the same shape.

    Returns:
      float64 [n]; inf where the images are equal.

    Raises:
      ValueError: if the shapes differ or the images are integers.
    """
    with np.errstate(divide="ignore"):
        return -10 * np.log10(mse(images, reconstructions))


def ssim(images: ArrayLike, reconstructions: ArrayLike) -> NDArray[np.float64]:
    """Structural similarity of each image, 1 for equal ones.

    The original definition of Wang, Bovik, Sheikh & Simoncelli (2004), "Image
    quality assessment": Gaussian window of 11 x 11, population covariances,
    dynamic range 1; mean over the channels.

    Args:
      images: [n, h, w, c] images in [0, 1], at least 11 x 11 pixels.
      reconstructions: [n, h, w, c] of the same shape.

    Returns:
      float64 [n], each in [-1, 1].

    Raises:
      ValueError: if the shapes differ, or the images are integers or too small.
    """
    x, y = _pair(images, reconstructions)
    if x.ndim != 4 or min(x.shape[1:3]) < SSIM_SIDE:
        raise ValueError(f"ssim needs [n, h >= 11, w >= 11, c] images, got {x.shape}")
    options = {
        "data_range": 1.0,
        "channel_axis": -1,
        "gaussian_weights": True,
        "sigma": _SSIM_SIGMA,
        "use_sample_covariance": False,
    }
    return np.array(
        [structural_similarity(a, b, **options) for a, b in zip(x, y, strict=True)]
    )


def _pair(a: ArrayLike, b: ArrayLike) -> tuple[NDArray[np.float64], ...]:
    for images in map(np.asarray, (a, b)):
        if np.issubdtype(images.dtype, np.integer):
            raise ValueError(f"images must be in [0, 1], got {images.dtype}")
    im.check(np.asarray(a))
    x, y = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if x.shape != y.shape:
        raise ValueError(f"images differ in shape: {x.shape} and {y.shape}")
    return x, y
