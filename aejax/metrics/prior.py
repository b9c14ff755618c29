"""How codes lie against a standard normal prior, and against each other's class.

All are of two things that a VAE's loss asks for at once: codes that together look
like the prior, and codes that tell the images apart.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.neighbors import NearestNeighbors

NEIGHBOURS = 15
DIRECTIONS = 64


def quantile_grid(side: int) -> NDArray[np.float64]:
    """A plane's points of equal share of N(0, I): [side * side, 2], row after row.

    The inverse distribution function at the middles of `side` equal parts, as
    Kingma & Welling (arXiv:1312.6114) draw the manifold of their decoder. The
    first coordinate rises to the right, the second falls downwards.
    """
    places = stats.norm.ppf((np.arange(side) + 0.5) / side)
    across, down = np.meshgrid(places, places[::-1])
    return np.stack([across.ravel(), down.ravel()], axis=-1)


def distance_to_prior(codes: NDArray, directions: int = DIRECTIONS) -> float:
    """Sliced Wasserstein-2 distance of codes to N(0, I), in standard deviations.

    Any projection of the prior is N(0, 1), whose quantiles are known, so only the
    codes are a sample (Bonneel et al. 2015, "Sliced and Radon Wasserstein
    barycenters"). n true draws from the prior give about sqrt(log(log n) / n).

    Args:
      codes: [n, d].
      directions: random, the same in every call.
    """
    random = np.random.default_rng(0).normal(size=(codes.shape[1], directions))
    projected = np.sort(codes @ (random / np.linalg.norm(random, axis=0)), axis=0)
    n = len(codes)
    wanted = stats.norm.ppf((np.arange(n) + 0.5) / n)
    return float(np.sqrt(np.square(projected - wanted[:, None]).mean()))


def class_overlap(
    codes: NDArray, labels: NDArray, neighbours: int = NEIGHBOURS
) -> float:
    """Share of codes whose class the majority of their neighbours names wrongly.

    Leave-one-out k-NN: 0 for classes that lie apart, 1 - 1/classes by chance.

    Args:
      codes: [n, d], n above `neighbours`.
      labels: int [n], from 0 on.
      neighbours: that vote; ties go to the smaller class.
    """
    near = NearestNeighbors(n_neighbors=neighbours).fit(codes)
    # Without an argument a point is no neighbour of its own.
    votes = labels[near.kneighbors(return_distance=False)]
    counts = np.stack([(votes == kind).sum(-1) for kind in range(labels.max() + 1)])
    return float((counts.argmax(0) != labels).mean())


def empty(points: NDArray, codes: NDArray, chance: float = 0.05) -> NDArray[np.bool_]:
    """Which points have no code near them where the prior would have put one.

    The ball around a point that reaches to its nearest code is too large if as many
    draws from N(0, I) would have left it empty with a probability below `chance`;
    its share of the prior is a noncentral chi-square distribution function.

    Args:
      points: [m, d].
      codes: [n, d].
      chance: share of points that is empty where codes are draws from the prior.

    Returns:
      bool [m].
    """
    search = NearestNeighbors(n_neighbors=1).fit(codes)
    distances = search.kneighbors(points)[0][:, 0]
    offsets = np.square(points).sum(-1)
    share = stats.ncx2.cdf(np.square(distances), points.shape[1], offsets)
    return len(codes) * np.log1p(-share) < np.log(chance)
