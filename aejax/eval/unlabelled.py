"""Criteria of a representation that need no labels."""

from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.manifold import trustworthiness
from sklearn.metrics import (
    calinski_harabasz_score,
    davies_bouldin_score,
    silhouette_score,
)
from threadpoolctl import threadpool_limits

from aejax.eval.correlation import correlation

GROUPS = 10
"""Clusters in which the indices of clusters are measured."""


def without_labels(codes: NDArray, images: NDArray, seed: int) -> dict[str, float]:
    """Effective rank, trustworthiness, and three indices of k-means clusters.

    Args:
      codes: [n, d], n above 20.
      images: [n, ...], what the codes stand for.
      seed: of k-means.

    Returns:
      `rank`, exponential of the entropy of the correlations' eigenvalues; `trust`, of
      10 neighbours (Venna & Kaski, 2001); `silhouette`, `davies` (lower is better) and
      `calinski`.
    """
    # On data this small, threads would wait for each other.
    with threadpool_limits(1):
        groups = KMeans(GROUPS, n_init=1, random_state=seed).fit_predict(codes)
        flat = images.reshape(len(images), -1)
        return {
            "rank": correlation(codes).effective_rank,
            "trust": trustworthiness(flat, codes, n_neighbors=10),
            "silhouette": silhouette_score(codes, groups),
            "davies": davies_bouldin_score(codes, groups),
            "calinski": calinski_harabasz_score(codes, groups),
        }
