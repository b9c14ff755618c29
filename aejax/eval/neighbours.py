"""Images that look alike, found without labels."""

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

COMPONENTS = 50
"""Principal components in which distances are measured."""


def nearest(
    images: NDArray[np.uint8], count: int, components: int = COMPONENTS
) -> NDArray[np.int64]:
    """The nearest other images of each image.

    Distances are Euclidean, between the first principal components of the pixels.

    Args:
      images: [n, h, w, c].
      count: neighbours of each, below n.
      components: of the PCA; fewer where there are not as many images or pixels.

    Returns:
      [n, count] places among the images, the nearest first.

    Raises:
      ValueError: there are not as many other images.
    """
    if not 0 < count < len(images):
        raise ValueError(f"{count} neighbours among {len(images)} images")
    points = images.reshape(len(images), -1).astype(np.float32)
    kept = min(components, *points.shape)
    codes = PCA(kept, svd_solver="covariance_eigh").fit_transform(points)
    # Without points of its own, each query is one of the fitted and left out.
    index = NearestNeighbors(n_neighbors=count).fit(codes)
    return index.kneighbors(return_distance=False)
