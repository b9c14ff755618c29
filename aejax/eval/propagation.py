"""Labels spread along the neighbourhoods of unlabelled examples.

Zhou et al., "Learning with local and global consistency" (NIPS 2003). Examples
are the nodes of a graph whose edges join nearest neighbours; each node takes the
mean of its neighbours' scores again and again, and labelled nodes keep a little
of their label. The graph knows no labels, so it serves any number of draws.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.neighbors import NearestNeighbors

NEIGHBOURS = 10
KEPT = 0.99
ROUNDS = 60

EXPLAINED = (
    f"symmetric graph of the {NEIGHBOURS} nearest neighbours of all training codes, "
    f"labelled or not; {ROUNDS} rounds in which each takes {KEPT:g} of its neighbours' "
    f"scores and {1 - KEPT:.2g} of its own label; a test image, outside the graph, "
    "gets the greatest score summed over its neighbours; the constants are the same "
    "for all data"
)
"""What `propagate` does by default, for the facts of a report."""


class Graph(NamedTuple):
    """Nearest neighbours among training examples, and those of test examples.

    Attributes:
      edges: sparse [n, n], symmetric, normalised by the square roots of degrees.
      near: int [m, neighbours], the training examples nearest to each test one.
    """

    edges: sparse.csr_array
    near: NDArray[np.int64]


def graph(train: NDArray, test: NDArray, neighbours: int = NEIGHBOURS) -> Graph:
    """The graph of training codes [n, d] and its neighbours of test codes [m, d].

    Test examples are no part of the graph: each is looked up in it alone.
    """
    index = NearestNeighbors(n_neighbors=min(neighbours, len(train) - 1)).fit(train)
    joined = sparse.csr_array(index.kneighbors_graph())
    joined = joined.maximum(joined.T)
    scale = sparse.diags_array(1 / np.sqrt(joined.sum(axis=1)))
    edges = sparse.csr_array(scale @ joined @ scale).astype(np.float32)
    return Graph(edges, index.kneighbors(test, return_distance=False))


def propagate(
    known: Graph,
    rows: NDArray,
    labels: NDArray,
    classes: int,
    kept: float = KEPT,
    rounds: int = ROUNDS,
) -> tuple[NDArray, NDArray]:
    """The classes of all examples, from a few labelled ones.

    Args:
      known: of the codes.
      rows: int [labels], the labelled training examples.
      labels: int [labels], their classes.
      classes: number of classes.
      kept: fraction of its neighbours' scores that a node takes in each round.
      rounds: of spreading.

    Returns:
      Classes of the n training and of the m test examples; a test example has
      the class of the greatest score summed over its neighbours.
    """
    given = np.zeros((known.edges.shape[0], classes), np.float32)
    given[rows, labels] = 1
    scores = given
    for _ in range(rounds):
        scores = kept * (known.edges @ scores) + (1 - kept) * given
    return scores.argmax(-1), scores[known.near].sum(1).argmax(-1)
