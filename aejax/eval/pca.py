"""PCA as the linear reference: what a d-dimensional code of any kind must beat."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from aejax import images as im

# The covariance of more pixels than this takes longer than a randomised SVD.
_MOST_PIXELS_EXACT = 4096


@dataclass(frozen=True)
class PcaReference:
    """PCA with d components.

    Attributes:
      mse: reconstruction error of the test images, mean per pixel.
      codes: float [n_test, components] codes of the test images.
      components: components used: d, or all there are if d asks for more.
    """

    mse: float
    codes: NDArray[np.floating]
    components: int


def pca_reference(
    train: NDArray[np.floating], test: NDArray[np.floating], dims: Sequence[int]
) -> dict[int, PcaReference]:
    """Reconstruction error and codes of PCA for several code sizes, fitted once.

    PCA is deterministic here: the exact eigenvectors of the covariance up to
    4096 pixels, beyond that a randomised SVD with a fixed seed.

    Args:
      train: [n, ...] training images in [0, 1].
      test: [m, ...] test images in [0, 1] of the same shape.
      dims: code sizes d >= 1. There are no more components than min(n, pixels);
        a larger d gets all of them, and says so in `components`.

    Returns:
      One reference per d, keyed by d.

    Raises:
      ValueError: if the images are integers or of different shapes, or a d
        is below 1.
    """
    _check(train, test, dims)
    flat_train = train.reshape(len(train), -1)
    flat_test = test.reshape(len(test), -1)
    most = min(max(dims), *flat_train.shape)
    exact = flat_train.shape[1] <= _MOST_PIXELS_EXACT
    solver = "covariance_eigh" if exact else "randomized"
    pca = PCA(n_components=most, svd_solver=solver, random_state=0).fit(flat_train)
    codes = pca.transform(flat_test)
    return {d: _with_components(pca, flat_test, codes[:, :d]) for d in dims}


def principal_plane(codes: NDArray[np.floating]) -> NDArray[np.floating]:
    """Codes [n, d] on their two principal axes, for a figure: [n, 2], or [n, 1]."""
    axes = PCA(min(2, codes.shape[1]), random_state=0)
    return np.asarray(axes.fit_transform(codes))


def _with_components(
    pca: PCA, images: NDArray[np.floating], codes: NDArray[np.floating]
) -> PcaReference:
    components = codes.shape[1]
    rebuilt = codes @ pca.components_[:components] + pca.mean_
    mse = np.mean((images - rebuilt) ** 2, dtype=np.float64)
    return PcaReference(mse=float(mse), codes=codes, components=components)


def _check(
    train: NDArray[np.floating], test: NDArray[np.floating], dims: Sequence[int]
) -> None:
    for name, images in (("train", train), ("test", test)):
        if not np.issubdtype(images.dtype, np.floating):
            raise ValueError(f"{name} must be floats in [0, 1], got {images.dtype}")
        im.check(images)
    if train.shape[1:] != test.shape[1:]:
        raise ValueError(f"images differ: {train.shape[1:]} and {test.shape[1:]}")
    if not dims or min(dims) < 1:
        raise ValueError(f"dims must be at least one size >= 1, got {list(dims)}")
