"""How codes lie relative to a standard normal prior and to each other's class.

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
    """Points of a plane that divide N(0, I) evenly: [side * side, 2], row by row.

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
    """Fraction of codes that the majority of their neighbours misclassifies.

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


def overlap_by_chance(labels: NDArray) -> float:
    """`class_overlap` of codes without information: all count as the largest class.

    Args:
      labels: int [n], from 0 on.
    """
    return float(1 - np.bincount(labels).max() / len(labels))


def displaced(points: NDArray, returned: NDArray, distance: float) -> float:
    """Fraction of points that a decoder and its encoder move by more than a distance.

    Args:
      points: [m, d], that are decoded.
      returned: [m, d], where the encoder puts the decoded images.
      distance: Euclidean, in standard deviations of the prior.
    """
    return float((np.linalg.norm(returned - points, axis=-1) > distance).mean())


def empty(points: NDArray, codes: NDArray, chance: float = 0.05) -> NDArray[np.bool_]:
    """Which points have no code near them where the prior would have put one.

    The ball around a point that reaches to its nearest code is too large if as many
    draws from N(0, I) would have left it empty with a probability below `chance`;
    its probability under the prior is a noncentral chi-square distribution function.

    Args:
      points: [m, d].
      codes: [n, d].
      chance: fraction of points that is empty where codes are draws from the prior.

    Returns:
      bool [m].
    """
    search = NearestNeighbors(n_neighbors=1).fit(codes)
    distances = search.kneighbors(points)[0][:, 0]
    offsets = np.square(points).sum(-1)
    probability = stats.ncx2.cdf(np.square(distances), points.shape[1], offsets)
    return len(codes) * np.log1p(-probability) < np.log(chance)


def explained(labels: NDArray, chance: float, distance: float) -> str:
    """What the figures of this module are, for a caption.

    Args:
      labels: int [n], of the codes.
      chance: of `empty`.
      distance: of `displaced`.
    """
    return (
        "Distance: sliced Wasserstein-2 distance of the codes from N(0, I). Class "
        f"overlap: fraction of the codes that their {NEIGHBOURS} nearest neighbours "
        f"misclassify; {overlap_by_chance(labels):.3f} by chance. Empty fraction: of a "
        "grid of prior quantiles, the points whose nearest code is further away than "
        "that of as many samples of the prior would be with a probability of "
        f"{1 - chance:.0%}; {chance:g} by chance. Lost fraction: the points whose "
        f"decoded image is encoded more than {distance:g} away."
    )
