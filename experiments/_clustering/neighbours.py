"""Training images that look alike, found without labels."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from aejax.run import study

COMPONENTS = 50
"""Principal components in which distances are taken."""


def with_neighbours(run: study.Study, count: int) -> Mapping[str, jax.Array]:
    """The training arrays, and "near" [n, count, h, w, c] where count is above 0."""
    arrays = study.arrays(run.train)
    if not count:
        return arrays
    # In a folder that --overwrite deletes: other data have other neighbours.
    found = run.workdir.remembered(
        "estimates/neighbours.json", lambda: nearest(run.train.images, count).tolist()
    )
    return {**arrays, "near": jnp.asarray(run.train.images[np.array(found)])}


def nearest(pictures: np.ndarray, count: int) -> np.ndarray:
    """Places of the `count` images nearest to each, itself left out: int [n, count]."""
    points = pictures.reshape(len(pictures), -1).astype(np.float32)
    components = min(COMPONENTS, *points.shape)
    codes = PCA(components, svd_solver="covariance_eigh").fit_transform(points)
    # Without points of its own, each query is one of the fitted and left out.
    index = NearestNeighbors(n_neighbors=count).fit(codes)
    return index.kneighbors(return_distance=False)
